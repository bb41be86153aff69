import { createApi, silentLogger } from '@sallyport/core';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../testing/index.ts';
import { auth, Letter, letters } from './fixtures/letters.ts';
import { AuditEntry, type AuditOptions, AuditService, audit } from './index.ts';

const streamed = { ...letters, operations: { ...letters.operations, search: { stream: { page: 2 } } } };
const headers = { authorization: 'Bearer ann', accept: 'application/x-ndjson' };

describe.each(testDatabases())('the audit of streams on $name', ({ open }) => {
  let database: OpenTestDatabase;

  /** An API with five letters, and what its audit has kept. */
  async function start(options: AuditOptions) {
    const { orm } = database;
    const api = await createApi({
      name: 'post',
      orm,
      resources: [streamed],
      plugins: [audit(options)],
      auth,
      logger: silentLogger,
    });
    const em = orm.em.fork();
    for (let index = 1; index <= 5; index++) em.create(Letter, { number: `L-${index}`, author: 'Ada' });
    await em.flush();
    const audited = api.services.resolve(AuditService);
    const entries = async () => {
      await audited.flush();
      return orm.em.fork().find(AuditEntry, {}, { orderBy: { id: 'asc' } });
    };
    return { api, audited, entries };
  }

  beforeAll(async () => {
    database = await open([Letter, AuditEntry]);
  });
  afterAll(() => database?.close());
  afterEach(async () => {
    const em = database.orm.em.fork();
    await em.nativeDelete(Letter, {});
    await em.nativeDelete(AuditEntry, {});
  });

  it('tells of a stream once, of its records as they are sent, and keeps none of them', async () => {
    const { api, audited, entries } = await start({ records: 'all', queue: { batch: 2 } });
    const answer = await call(api, 'GET', '/letter', { headers });
    expect(answer.text.split('\n')).toHaveLength(6);
    const rows = await entries();
    expect(rows.filter(({ kind }) => kind === 'record').map(({ identifier }) => identifier)).toEqual(
      [1, 2, 3, 4, 5].map((index) => `L-${index}`),
    );
    const fields = ['number', 'author', 'text'];
    expect(rows.filter(({ kind }) => kind === 'call')).toMatchObject([
      { operation: 'export', identifier: 'search', results: 5, fields, status: 'success', error: null },
    ]);
    expect(audited).toMatchObject({ lost: 0, waiting: 0 });
    await api.close();
  });

  it('tells of a stream of nothing', async () => {
    const { api, entries } = await start({});
    await call(api, 'GET', '/letter?author=nobody', { headers });
    expect(await entries()).toMatchObject([{ operation: 'export', results: 0, status: 'success' }]);
    await api.close();
  });

  it('tells of a stream that was broken off by what was sent of it', async () => {
    const { api, entries } = await start({ operations: { stream: 'download' } });
    const response = await api.handle({
      method: 'GET',
      target: '/letter',
      rawHeaders: ['host', 'test', ...Object.entries(headers).flat()],
      remoteAddress: '127.0.0.1',
      encrypted: false,
      body: { kind: 'none' },
    });
    const { body } = response ?? {};
    const parts = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await parts.next();
    await parts.next();
    await parts.return?.();
    expect(await entries()).toMatchObject([{ operation: 'download', results: 4, status: 'success', error: 'timeout' }]);
    await api.close();
  });
});
