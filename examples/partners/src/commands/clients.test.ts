import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '@sallyport/adapters/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const program = new URL('../main.ts', import.meta.url);
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'partners-clients-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const environment = () => ({ DATABASE_URL: '', DATA_DIR: join(root, 'data'), PORT: '0' });

/** Runs a command in a process of its own. */
const run = (...line: readonly string[]) =>
  new Promise<{ code: unknown; output: string; errors: string }>((resolve) => {
    const args = ['--conditions=sallyport-source', fileURLToPath(program), 'clients', ...line];
    execFile(process.execPath, args, { env: { ...process.env, ...environment() } }, (error, output, errors) =>
      resolve({ code: error?.code ?? 0, output, errors }),
    );
  });

// A dozen programs in turn, each with a database that starts cold.
it('administers clients, whose secrets open the API', { timeout: 240_000 }, async () => {
  const line = ['create', '--name', 'Shop', '--company', 'Acme', '--scope', 'search', '--actor', 'ada'];
  const created = await run(...line);
  const { id = '', secret = '' } =
    /^client_id {6}(?<id>\S+)\nclient_secret {2}(?<secret>\S+)\n$/.exec(created.output)?.groups ?? {};
  expect([created.code, created.errors.includes('"actor":"ada"')]).toEqual([0, true]);
  expect(created.errors).not.toContain(secret);

  expect(await run('scopes', id, 'search', 'partner:raed')).toEqual({
    code: 1,
    output: '',
    errors: 'There is no scope partner:raed here.\n',
  });
  const rotated = await run('rotate', id, '--overlap', '1h', '--json');
  const { client_secret: next } = JSON.parse(rotated.output);
  expect(`${rotated.errors}${created.errors}`).not.toContain(next);
  expect(await run('show', 'nobody')).toEqual({ code: 1, output: '', errors: 'There is no such client.\n' });

  {
    await using running = await startProgram(program, {
      arguments: ['serve'],
      environment: environment(),
      ready: /^Partners on (?<url>\S+)\/api\n/,
    });
    for (const each of [secret, next, 'wrong']) {
      const response = await fetch(`${running.told.url}/api/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: id, client_secret: each, grant_type: 'client_credentials' }),
      });
      expect(response.status).toBe(each === 'wrong' ? 401 : 200);
    }
    const locked = await run('list');
    expect(locked).toMatchObject({ code: 1, output: '', errors: expect.stringMatching(/^database\.dataDir: .+\n$/) });
  }

  const listed = await run('list');
  const rows = listed.output.trim().split('\n');
  expect(rows.map((row) => row.split('\t')[0]).sort()).toEqual([id, 'demonstration', 'guest'].sort());
  expect(rows.find((row) => row.startsWith(id))).toMatch(/^\S+\tShop\tactive\t\d{4}-\S+Z\t2\tsearch$/);
});
