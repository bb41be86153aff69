import { type Api, type ApiOptions, createApi, limiterKey, silentLogger } from '@sallyport/core';
import { memoryLogger, type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundle } from '../bundle/index.ts';
import { call } from '../testing/index.ts';
import { auth, exporting, Letter, letters, Note, notes, objecting, objector } from './fixtures/letters.ts';
import {
  AuditEntry,
  type AuditOptions,
  type AuditRecord,
  AuditService,
  type AuditSink,
  audit,
  auditCounts,
  databaseAudit,
  memoryAudit,
} from './index.ts';

const secrets = ['Dear Augusta', 'Hildegard Canary', 'canary@example.org', '1815-12-10'];
const [canary = '', person = ''] = secrets;

describe.each(testDatabases())('the audit on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let api: Api;
  const made: Api[] = [];
  const start = async (options: AuditOptions = {}, more: Partial<ApiOptions> = {}) => {
    const plugins = [audit(options), objecting, exporting, bundle({ kindIn: ['kind'] })];
    const each = await createApi({
      name: 'post',
      orm: database.orm,
      resources: [letters, notes],
      plugins,
      auth,
      logger: silentLogger,
      ...more,
    });
    made.push(each);
    return each;
  };
  const send = (
    verb: string,
    path: string,
    body?: unknown,
    { as = 'ann', on = api, headers = {} }: { as?: string; on?: Api; headers?: Record<string, string> } = {},
  ) =>
    call(on, verb, path, {
      ...(body === undefined ? {} : { body }),
      headers: { authorization: `Bearer ${as}`, ...headers },
    });
  const entries = async (on = api) => {
    await on.services.resolve(AuditService).flush();
    return database.orm.em.fork().find(AuditEntry, {}, { orderBy: { id: 'asc' } });
  };
  const told = async (on = api) =>
    (await entries(on)).map(({ operation, identifier, status, results }) => [operation, identifier, status, results]);
  const letter = (number: string, more: object = {}) => ({ number, author: person, text: canary, ...more });

  beforeAll(async () => {
    database = await open([Letter, Note, AuditEntry]);
    api = await start();
  });
  afterAll(async () => {
    for (const each of made) await each.close();
    await database?.close();
  });
  beforeEach(async () => {
    objector.objects = false;
    for (const each of made) await each.services.resolve(AuditService).flush();
    const em = database.orm.em.fork();
    await em.nativeDelete(Letter, {});
    await em.nativeDelete(Note, {});
    await em.nativeDelete(AuditEntry, {});
  });

  it('tells of every call on a resource: who, from where, what, how many, which fields', async () => {
    const agent = { 'user-agent': 'tests/1' };
    await send('POST', '/letter', letter('L-1'), { headers: agent });
    await send('GET', '/letter/L-1');
    await send('GET', `/letter?author=${encodeURIComponent(person)}&limit=5`);
    await send('PATCH', '/letter/L-1', { text: null });
    await send('PUT', '/letter/L-1', letter('L-1'));
    await send('POST', '/letter/L-1/seal', {});
    await send('GET', '/letter/L-1/peek');
    await send('DELETE', '/letter/L-1');
    // Records of reads are written behind those of writes.
    const rows = (await entries()).toSorted((a, b) => (a.operation < b.operation ? -1 : 1));
    expect(rows.map(({ operation, identifier, results }) => [operation, identifier, results])).toEqual([
      ['create', 'L-1', 1],
      ['delete', 'L-1', 0],
      ['peek', 'L-1', 1],
      ['read', 'L-1', 1],
      ['replace', 'L-1', 1],
      ['seal', 'L-1', 0],
      ['search', 'search', 1],
      ['update', 'L-1', 1],
    ]);
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['success']));
    const [created, , , , , , search] = rows;
    expect(created).toMatchObject({
      kind: 'call',
      api: 'post',
      caller: 'ann',
      address: '127.0.0.1',
      userAgent: 'tests/1',
      resource: 'letter',
      fields: ['number', 'author', 'text'],
      parameters: [],
      error: null,
    });
    expect(created?.request).toMatch(/./);
    expect(search).toMatchObject({
      operation: 'search',
      parameters: ['author', 'limit'],
      fields: ['number', 'author', 'text'],
    });
  });

  it('tells of what was refused and of what failed, though nothing else is kept of it', async () => {
    await send('POST', '/letter', letter('L-1'));
    await send('GET', '/letter/L-9');
    await send('POST', '/letter', letter('L-1'));
    await send('POST', '/letter', { number: 7, author: canary });
    await send('DELETE', '/letter/L-1', undefined, { as: 'rob' });
    await send('PATCH', '/letter/L-1', { text: 'x' }, { headers: { 'if-match': '"9"' } });
    expect(
      (await entries()).map(({ operation, identifier, status, error }) => [operation, identifier, status, error]),
    ).toEqual([
      ['create', 'L-1', 'success', null],
      ['read', 'L-9', 'not_found', 'not_found'],
      ['create', null, 'validation_error', 'duplicate'],
      ['create', null, 'validation_error', 'invalid_body'],
      ['delete', 'L-1', 'access_denied', 'insufficient_scope'],
      ['update', 'L-1', 'validation_error', 'precondition_failed'],
    ]);
    expect((await send('GET', '/letter/L-1', undefined, { as: 'nobody' })).status).toBe(401);
    expect(await entries()).toHaveLength(6);
  });

  it('never holds what is in records, bodies, filters and addresses', async () => {
    await send('POST', '/letter', letter('L-1'));
    for (const secret of secrets) {
      const text = encodeURIComponent(secret);
      await send('GET', `/letter?author=${text}&${text}=${text}`);
      await send('GET', `/letter/${text}`);
      await send('POST', '/letter', { number: secret, author: secret, [secret]: secret });
      await send('PATCH', `/letter/${text}`, { text: secret });
      await send('GET', '/letter/L-1');
    }
    const kept = JSON.stringify(await entries());
    expect(await entries()).toHaveLength(21);
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });

  it('keeps the record of a write with it: both, or neither', async () => {
    await send('POST', '/letter', letter('L-1'));
    // Nothing has been flushed: it is there as the change is.
    expect(await database.orm.em.fork().count(AuditEntry)).toBe(1);
    objector.objects = true;
    expect((await send('PATCH', '/letter/L-1', { author: 'Bea' })).status).toBe(422);
    expect((await send('POST', '/letter/L-1/seal', {})).status).toBe(422);
    objector.objects = false;
    expect((await send('POST', '/letter/L-1/seal', { on: 'twin' })).status).toBe(409);
    expect(await told()).toEqual([
      ['create', 'L-1', 'success', 1],
      ['update', 'L-1', 'validation_error', null],
      ['seal', 'L-1', 'validation_error', null],
      ['seal', 'L-1', 'validation_error', null],
    ]);
  });

  it('tells of entries of bundles one by one; of one that is undone, only why', async () => {
    const make = (number: string) => ({
      request: { method: 'POST', url: 'Letter' },
      resource: { kind: 'Letter', ...letter(number) },
    });
    const ask = (number: string) => ({ request: { method: 'GET', url: `Letter/${number}` } });
    const entry = [make('L-1'), make('L-1'), ask('L-1'), ask('L-2')];
    await send('POST', '/$batch', { type: 'batch', entry });
    expect((await entries()).map(({ part, operation, status }) => [part, operation, status])).toEqual([
      [1, 'create', 'success'],
      [2, 'create', 'validation_error'],
      [3, 'read', 'success'],
      [4, 'read', 'not_found'],
    ]);
    await database.orm.em.fork().nativeDelete(AuditEntry, {});
    await send('POST', '/$batch', { type: 'transaction', entry: [make('L-5'), ask('L-5'), make('L-1')] });
    expect((await entries()).map(({ part, operation, status }) => [part, operation, status])).toEqual([
      [3, 'create', 'validation_error'],
    ]);
  });

  it('tells of the records of a page that something special lets be seen, and counts what it has let be seen', async () => {
    const ground: AuditOptions['ground'] = (_call, record) => ({
      basis: 'consent',
      ...(record?.key === 'L-2' ? {} : { authority: 'c-1', purpose: 'research' }),
    });
    const own = await start({
      ground,
      operations: { update: 'patch' },
      routes: { 'letters.export': { operation: 'export', resource: 'letter', identifier: () => 'bulk:2' } },
    });
    for (const number of ['L-1', 'L-2']) await send('POST', '/letter', letter(number));
    await entries();
    await database.orm.em.fork().nativeDelete(AuditEntry, {});
    await send('GET', '/letter', undefined, { on: own });
    await send('GET', '/letter/L-1', undefined, { on: own, as: 'rob' });
    await send('PATCH', '/letter/L-1', { text: null }, { on: own });
    await send('GET', '/letter/L-9', undefined, { on: own });
    await send('GET', '/export', undefined, { on: own });
    const rows = (await entries(own)).map(({ kind, operation, identifier, basis, authority, purpose, results }) =>
      [kind, operation, identifier, basis, authority, purpose, results].join(' '),
    );
    expect(rows.sort()).toEqual([
      'call export bulk:2 consent   2',
      'call patch L-1 consent c-1 research 1',
      'call read L-1 consent c-1 research 1',
      'call read L-9 consent   ',
      'call search search consent   2',
      'record read L-1 consent c-1 research 1',
      'record read L-1 consent c-1 research 1',
    ]);
    const counts = await auditCounts(own.store, { authority: 'c-1' });
    expect(counts).toMatchObject([
      { operation: 'patch', resource: 'letter', caller: 'ann', count: 1 },
      { operation: 'read', resource: 'letter', caller: 'ann', count: 2 },
      { operation: 'read', resource: 'letter', caller: 'rob', count: 1 },
    ]);
    expect(counts[1]?.first.getTime()).toBeLessThanOrEqual(counts[1]?.last.getTime() ?? 0);
    const at = new Date(Math.min(...counts.map(({ first }) => first.getTime())));
    expect(await auditCounts(own.store, { authority: 'c-1', before: at })).toEqual([]);
    expect(await auditCounts(own.store, { authority: 'c-1', from: new Date(at.getTime() + 86_400_000) })).toEqual([]);
    expect(await auditCounts(own.store, { authority: 'c-2' })).toEqual([]);
  });

  it('keeps to the resources and functions that it is given', async () => {
    const sink = memoryAudit(4);
    const own = await start({
      sink,
      resources: ['note'],
      address: limiterKey,
      identifier: () => 'from the body',
      parameters: () => ['more'],
      records: 'all',
    });
    await send('POST', '/letter', letter('L-1'), { on: own });
    await send('POST', '/note', { slug: 'n', text: canary }, { on: own });
    await send('POST', '/note', { slug: 'n', text: canary }, { on: own });
    await own.services.resolve(AuditService).flush();
    expect(
      sink.records.map(({ resource, identifier, parameters, status }) => [resource, identifier, parameters, status]),
    ).toEqual([
      ['note', 'n', ['more'], 'success'],
      ['note', 'from the body', ['more'], 'validation_error'],
    ]);
    for (let more = 0; more < 4; more += 1) await send('GET', '/note/n', undefined, { on: own });
    await own.services.resolve(AuditService).flush();
    expect(sink.records.map(({ operation }) => operation)).toEqual(['read', 'read', 'read', 'read']);
    expect(sink.records[0]?.address).toBe(limiterKey('127.0.0.1'));
  });

  it('survives its own functions', async () => {
    const log = memoryLogger();
    const fail = () => {
      throw new Error('no');
    };
    const own = await start({ ground: fail, identifier: fail, parameters: fail, address: fail }, { logger: log });
    expect((await send('POST', '/letter', letter('L-1'), { on: own })).status).toBe(201);
    expect((await send('POST', '/letter', letter('L-1'), { on: own })).status).toBe(409);
    expect((await told(own)).map(([, , status]) => status)).toEqual(['success', 'validation_error']);
    expect(log.lines.filter(({ message }) => message === 'a function of the audit failed')).not.toHaveLength(0);
  });

  it('fails no call when its table does not take a record; the record follows, or is counted', async () => {
    let broken = true;
    const table = databaseAudit(api.store);
    const sink: AuditSink = {
      write: (records) => table.write(records),
      async writeWithin(unit, records) {
        // The database refuses it, in the middle of the write's transaction.
        if (broken) await unit.em.insertMany(AuditEntry, [{ kind: 'too long for it' }] as never);
        await table.writeWithin?.(unit, records);
      },
    };
    const own = await start({ sink });
    expect((await send('POST', '/letter', letter('L-1'), { on: own })).status).toBe(201);
    expect(await told(own)).toEqual([['create', 'L-1', 'success', 1]]);
    const strict = await start({ sink, required: true });
    expect((await send('POST', '/letter', letter('L-2'), { on: strict })).status).toBe(503);
    broken = false;
    expect((await send('POST', '/letter', letter('L-2'), { on: strict })).status).toBe(201);
    expect((await told(strict)).map(([, , status]) => status)).toEqual(['success', 'success', 'error']);
  });

  it('writes after the commit into a sink that knows no transactions', async () => {
    const sink = memoryAudit();
    const own = await start({ sink });
    objector.objects = true;
    await send('POST', '/letter', letter('L-1'), { on: own });
    objector.objects = false;
    await send('POST', '/letter', letter('L-1'), { on: own });
    await own.services.resolve(AuditService).flush();
    expect(sink.records.map(({ status }) => status)).toEqual(['validation_error', 'success']);
  });

  it('writes what waits when the API is closed', async () => {
    const sink = memoryAudit();
    const own = await start({ sink, queue: { wait: 60_000 } });
    await send('GET', '/letter/L-1', undefined, { on: own });
    expect([sink.records.length, own.services.resolve(AuditService).waiting]).toEqual([0, 1]);
    await own.close();
    expect(sink.records).toHaveLength(1);
    await send('GET', '/letter/L-1', undefined, { on: own });
    expect(own.services.resolve(AuditService).lost).toBe(1);
  });

  it('has entries that are neither changed nor deleted', async () => {
    await send('POST', '/letter', letter('L-1'));
    const em = database.orm.em.fork();
    const entry = await em.findOneOrFail(AuditEntry, { identifier: 'L-1' });
    entry.caller = 'somebody else';
    await expect(em.flush()).rejects.toThrow('an audit entry is neither changed nor deleted');
    const other = database.orm.em.fork();
    other.remove(await other.findOneOrFail(AuditEntry, { identifier: 'L-1' }));
    await expect(other.flush()).rejects.toThrow('an audit entry is neither changed nor deleted');
    expect((await entries())[0]?.caller).toBe('ann');
  });

  it('stops the start for what cannot be', async () => {
    await expect(start({ resources: ['lettre'] })).rejects.toThrow('plugins.audit.resources: there is no "lettre"');
    await expect(start({ routes: { nowhere: { operation: 'export' } } })).rejects.toThrow(
      'plugins.audit.routes.nowhere',
    );
    for (const queue of [{ most: 0 }, { batch: 1.5 }, { wait: Number.NaN }]) {
      expect(() => audit({ queue })).toThrow(/plugins\.audit\.queue\.(most|batch|wait)/);
    }
    const sink = () => databaseAudit({ ...api.store, models: new Map() });
    await expect(start({ sink })).rejects.toThrow('plugins.audit.sink: add AuditEntry to the entities of the ORM');
  });

  it('keeps no more of a text than there is room for, and nothing that cannot be seen', async () => {
    const record: AuditRecord = {
      kind: 'call',
      at: new Date(),
      api: 'post',
      request: 'r',
      operation: 'read',
      resource: 'letter',
      identifier: `a\u0000b${'x'.repeat(600)}`,
      userAgent: 'u'.repeat(600),
      parameters: [],
      fields: [],
      status: 'success',
    };
    await databaseAudit(api.store).write([record, record]);
    const [kept] = await entries();
    expect([kept?.identifier?.length, kept?.identifier?.slice(0, 3), kept?.userAgent?.length]).toEqual([
      512,
      'a\uFFFDb',
      255,
    ]);
  });
});
