import { readFile } from 'node:fs/promises';
import { startProgram } from '@sallyport/adapters/testing';
import { describe, expect, it } from 'vitest';

describe.each(['Express', 'Fastify', 'Koa'])('the smallest API in an app of %s', (framework) => {
  const name = framework.toLowerCase();
  const app = new URL(`../examples/embed-${name}/src/app.ts`, import.meta.url);

  it('serves its own route and the API', async () => {
    await using program = await startProgram(app, {
      environment: { PORT: '0' },
      ready: /Port (?<port>\d+), .* client_secret (?<secret>\S+)\n/,
    });
    const url = `http://127.0.0.1:${program.told.port}`;
    const hello = await fetch(`${url}/hello`);
    expect([hello.status, await hello.text()]).toEqual([200, `Hello from ${framework}`]);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);

    const credentials = Buffer.from(`shop:${program.told.secret}`).toString('base64');
    const granted = await fetch(`${url}/api/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/api/books`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ isbn: '9780141439518', title: 'Pride and Prejudice' }),
      });
    expect((await post({})).status).toBe(401);
    const created = await post({ authorization: `Bearer ${token}` });
    expect([created.status, created.headers.get('location')]).toEqual([201, '/api/books/9780141439518']);
    const found = await fetch(`${url}/api/books?domain=${encodeURIComponent('[["title","ilike","pride"]]')}`);
    const book = { id: '9780141439518', isbn: '9780141439518', title: 'Pride and Prejudice' };
    expect(await found.json()).toEqual({ data: [book] });
  });

  it('is what its guide shows', async () => {
    const guide = await readFile(new URL(`../docs/guides/embed-in-${name}.md`, import.meta.url), 'utf8');
    const code = await readFile(app, 'utf8');
    expect(guide).toContain(`\`\`\`ts\n${code}\`\`\``);
    expect(code.split('\n').length).toBeLessThanOrEqual(40);
  });
});
