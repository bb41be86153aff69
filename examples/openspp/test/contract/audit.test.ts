import { AuditService } from '@sallyport/plugins/audit';
import { expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { nationalId, overEveryServer, person } from '../../testing/index.ts';
import { auditCalls } from './support/audit.ts';

overEveryServer('audit', (t) => {
  const { as, fresh, one, ready, consenting, kept } = auditCalls(t);

  it('B-285 a read on a legal basis, a search, a bulk export and a denial each leave an audit record', async () => {
    const { id } = await consenting();
    const hidden = fresh('A');
    await t.load({ individuals: [person(hidden)] } as Bootstrap);
    await kept();
    const identifiers = [nationalId(id), nationalId('nobody')];
    const read = await t.send('GET', one(id), { headers: { 'user-agent': 'field-app/3.1' } });
    await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId(id))}`);
    expect((await t.send('POST', '/$bulk/export', { body: { type: 'Individual', identifiers } })).status).toBe(200);
    expect((await t.send('GET', one(hidden), { as })).status).toBe(403);
    expect((await t.send('PATCH', one(hidden), { as: 'reader', body: {} })).status).toBe(403);
    const entries = await kept();
    expect(entries.every(({ kind, address }) => kind === 'call' && address === '127.0.0.1')).toBe(true);
    expect(entries[0]).toMatchObject({
      request: read.headers['x-request-id'],
      userAgent: 'field-app/3.1',
      resource: 'individual',
      fields: expect.arrayContaining(['identifier', 'name', 'meta']),
    });
    const rows = entries.map(({ caller, operation, identifier, basis, parameters, results, status, error }) => ({
      ...{ caller, operation, identifier, basis, parameters, results, status, error },
    }));
    const success = { caller: 'full', basis: 'public_task', status: 'success', error: null };
    const denial = { results: null, status: 'access_denied', identifier: nationalId(hidden) };
    expect(rows).toMatchObject([
      { ...success, operation: 'read', identifier: nationalId(id), results: 1 },
      { ...success, operation: 'search', identifier: 'search', results: 1, parameters: ['identifier'] },
      { ...success, operation: 'export', results: 1 },
      { ...denial, caller: as, operation: 'read', error: 'access_denied' },
      { ...denial, caller: 'reader', operation: 'patch', error: 'scope_missing' },
    ]);
  });

  it('B-286 a create that fails leaves a record, whatever is rolled back', async () => {
    await ready();
    const id = fresh('A');
    await t.send('POST', '/Individual', { body: person(id) });
    await kept();
    expect((await t.send('POST', '/Individual', { as, body: person(id) })).status).toBe(409);
    expect((await t.send('POST', '/Individual', { body: { name: { given: 'Ada' } } })).status).toBe(422);
    const rows = (await kept()).map(({ caller, operation, identifier, status, error }) => [
      caller,
      operation,
      identifier,
      status,
      error,
    ]);
    expect(rows).toEqual([
      [as, 'create', nationalId(id), 'validation_error', 'identifier_in_use'],
      ['full', 'create', null, 'validation_error', 'schema_violation'],
    ]);
  });

  it('B-287 calls are answered as ever while the audit cannot be written', async () => {
    const { id } = await consenting();
    const other = fresh('A');
    await kept();
    const schema = t.orm.em.getConnection();
    await schema.execute('alter table "sallyport_audit" rename to "audit_away"');
    try {
      expect((await t.send('POST', '/Individual', { body: person(other) })).status).toBe(201);
      expect((await t.send('PATCH', one(other), { body: { birthDateEstimated: true } })).status).toBe(200);
      expect((await t.send('GET', one(id), { as })).status).toBe(200);
      expect((await t.send('GET', one('nobody'))).status).toBe(404);
      await t.api.services.resolve(AuditService).flush();
    } finally {
      await schema.execute('alter table "audit_away" rename to "sallyport_audit"');
    }
    expect(t.api.services.resolve(AuditService).lost).toBe(4);
    expect((await t.send('GET', one(other))).status).toBe(200);
    expect(await kept()).toHaveLength(1);
  });
});
