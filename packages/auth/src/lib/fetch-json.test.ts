import { gzipSync } from 'node:zlib';
import { ConfigurationError } from '@sallyport/core';
import { expect, it } from 'vitest';
import {
  type Answerer,
  foreignServer,
  hangUp,
  json,
  redirect,
  silence,
  stall,
  status,
  text,
} from '../../test-support/foreign-server.ts';
import { createFetchJson } from './fetch-json.ts';

const quick = { timeoutSeconds: 0.2 };

it('gets a document, and posts a form', async () => {
  const server = await foreignServer();
  server.answer('/a', json({ a: 1, nested: { b: [2] } }, 'application/jwk-set+json'));
  const fetchJson = createFetchJson('test', {});
  const got = await fetchJson(`${server.origin}/a`);
  expect(got).toEqual({ a: 1, nested: { b: [2] } });
  expect(Object.getPrototypeOf(got)).toBe(null);
  await fetchJson(`${server.origin}/a`, { headers: { authorization: 'Basic x' }, body: 'token=t' });
  expect(server.requests.map(({ method, body, headers }) => [method, body, headers.accept])).toEqual([
    ['GET', '', 'application/json'],
    ['POST', 'token=t', 'application/json'],
  ]);
});

const large = JSON.stringify({ keys: ['x'.repeat(70_000)] });
const failures: readonly (readonly [string, Answerer])[] = [
  ['says nothing', silence],
  ['stops in the middle', stall],
  ['hangs up', hangUp],
  ['answers 500', status(500)],
  ['answers 201', status(201)],
  ['answers more than 64 KB', text(large)],
  [
    'answers more than 64 KB that were packed into less',
    (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large)),
  ],
  [
    'never ends',
    (response) => {
      const timer = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.on('close', () => clearInterval(timer));
    },
  ],
  ['answers no JSON', text('<html>secret</html>')],
  ['answers nothing', text('')],
  ['answers a list', json([])],
  ['answers null', json(null)],
  ['repeats a member', text('{"a":1,"a":2}')],
  ['answers no UTF-8', text(Uint8Array.from([0x22, 0xff, 0x22]))],
];

it.each(failures)('rejects when the other server %s', async (_name, answer) => {
  const server = await foreignServer();
  server.answer('/a', answer);
  const options = answer === silence || answer === stall ? quick : {};
  const failed = await createFetchJson('test', options)(`${server.origin}/a`, { body: 'token=hush' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(Error);
  expect(String(failed)).not.toMatch(/hush|secret/);
  expect(server.count('/a')).toBe(1);
});

it('follows no redirect', async () => {
  const server = await foreignServer();
  server.answer('/a', redirect('/b'));
  server.answer('/b', json({ a: 1 }));
  await expect(createFetchJson('test', {})(`${server.origin}/a`)).rejects.toThrow('status 302');
  expect(server.count('/b')).toBe(0);
});

it('rejects when nobody listens', async () => {
  const server = await foreignServer();
  const { origin } = server;
  await server.close();
  await expect(createFetchJson('test', {})(`${origin}/a`)).rejects.toThrow();
});

it('goes by a fetch of the application, and checks its time', async () => {
  const own = createFetchJson('test', { fetch: async (address) => Response.json({ address }) });
  expect(await own('https://a.test/keys')).toEqual({ address: 'https://a.test/keys' });
  for (const timeoutSeconds of [0, 11, Number.NaN]) {
    expect(() => createFetchJson('test', { timeoutSeconds })).toThrow(ConfigurationError);
  }
});
