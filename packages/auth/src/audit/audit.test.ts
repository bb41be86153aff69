import { type Api, ClockService, createApi, type Plugin, SallyportError } from '@sallyport/core';
import { call, memoryLogger, tokenStrategy } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '../../test-support/calls.ts';
import { databases, ormOfFile, type TestDatabase } from '../../test-support/databases.ts';
import {
  type AuthAuditTrail,
  type AuthEvent,
  AuthEventEntry,
  authAudit,
  createSqlAuditTrail,
  memoryAuditTrail,
} from '../index.ts';

const orm = ormOfFile();

const routes: Plugin = {
  name: 'test.routes',
  routes: () => [
    {
      method: 'GET',
      path: '/guarded',
      name: 'test.guarded',
      scope: ['admin'],
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    },
    {
      method: 'GET',
      path: '/open',
      name: 'test.open',
      scope: 'public',
      handle: () => {
        throw new SallyportError('unauthenticated');
      },
    },
  ],
};

async function arrange(options: Parameters<typeof authAudit>[0]) {
  const log = memoryLogger();
  const api: Api = await createApi({
    name: 'tests',
    orm: orm(),
    resources: [],
    plugins: [routes, authAudit(options)],
    auth: [tokenStrategy({ ann: { scopes: ['read'] }, root: { scopes: ['admin'] } })],
    services: (services) => services.register(ClockService, () => ({ now: () => start })),
    logger: log,
  });
  const get = (path: string, authorization?: string) =>
    call(api, 'GET', path, { headers: authorization === undefined ? {} : { authorization } });
  return { get, log };
}

describe('authAudit', () => {
  it('keeps what was refused for its credentials or scopes, and no text of the request', async () => {
    const trail = memoryAuditTrail();
    const { get } = await arrange({ trail });
    await get('/guarded', 'Bearer canary-of-a-token');
    const lacking = await get('/guarded', 'Bearer ann');
    await get('/guarded', 'Bearer root');
    await get('/guarded');
    await get('/open');
    await get('/nothing', 'Bearer ann');
    const refused = { type: 'access.refused', at: start, outcome: 'refused', api: 'tests', network: '127.0.0.1' };
    expect(trail.events).toEqual([
      { ...refused, requestId: expect.any(String), reason: 'invalid_token', by: 'test.guarded' },
      {
        ...refused,
        requestId: lacking.headers['x-request-id'],
        reason: 'insufficient_scope',
        by: 'test.guarded',
        clientId: 'ann',
      },
    ]);
    expect(JSON.stringify(trail.events)).not.toContain('canary');
  });

  it('keeps calls without credentials where it is asked to', async () => {
    const trail = memoryAuditTrail();
    const { get } = await arrange({ trail, anonymousCalls: true });
    await get('/guarded');
    expect(trail.events.map(({ reason }) => reason)).toEqual(['unauthenticated']);
  });

  it('writes to the log of the API when there is no trail', async () => {
    const { get, log } = await arrange({});
    await get('/guarded', 'Bearer ann');
    const [line] = log.lines.filter(({ fields }) => fields.auth !== undefined);
    expect(line).toMatchObject({ level: 'info', message: 'access.refused', fields: { auth: { clientId: 'ann' } } });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])('a trail that %s changes no refusal, and is told in the log', async (_how, record) => {
    const { get, log } = await arrange({ trail: { record } });
    expect((await get('/guarded', 'Bearer ann')).status).toBe(403);
    expect(log.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'an event could not be kept',
    ]);
  });
});

it('memoryAuditTrail keeps the last ones', () => {
  const trail = memoryAuditTrail(2);
  for (const clientId of ['a', 'b', 'c']) trail.record({ ...event, clientId });
  expect(trail.events.map(({ clientId }) => clientId)).toEqual(['b', 'c']);
});

const event: AuthEvent = { type: 'client.created', at: start, outcome: 'done' };

describe.each(databases)('createSqlAuditTrail (%s)', (_name, open) => {
  let database: TestDatabase;
  let trail: AuthAuditTrail;
  beforeAll(async () => {
    database = await open();
    trail = createSqlAuditTrail(database.orm);
  });
  afterAll(() => database.close());

  it('keeps events in the order that they came in', async () => {
    await trail.record({ ...event, clientId: 'shop', actor: 'ops', scopes: ['read'] });
    await trail.record({ type: 'session.refused', at: start, outcome: 'refused', reason: 'x', accountId: 'ann' });
    const rows = await database.orm.em.fork().find(AuthEventEntry, {}, { orderBy: { id: 'asc' } });
    expect(rows.map(({ id, ...row }) => ({ ...row }))).toEqual([
      {
        at: start,
        type: 'client.created',
        outcome: 'done',
        clientId: 'shop',
        accountId: null,
        facts: { actor: 'ops', scopes: ['read'] },
      },
      {
        at: start,
        type: 'session.refused',
        outcome: 'refused',
        clientId: null,
        accountId: 'ann',
        facts: { reason: 'x' },
      },
    ]);
  });

  it('rejects when the database does not take the event', async () => {
    await expect(trail.record({ ...event, clientId: 'x'.repeat(300) })).rejects.toThrow();
  });
});
