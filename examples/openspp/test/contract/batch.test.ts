import { expect, it } from 'vitest';
import { GroupMembership, Registrant } from '../../src/entities/index.ts';
import { at, basePath, familyOf, givenOf, householdId, nationalId, overEveryServer } from '../../testing/index.ts';
import { ask, batchOf, group, individual, issue, one, outcome, post, statuses } from './support/batch.ts';

overEveryServer('$batch', (t) => {
  const { send, stored } = batchOf(t);
  const read = (value: string) => t.send('GET', at('/Individual/{}', nationalId(value)));

  it('B-239 transaction of valid creates', async () => {
    const answer = await send('transaction', [
      post(individual('B239-1'), 'urn:uuid:7b1c-p1'),
      post(group('B239-2'), 'urn:uuid:7b1c-g1'),
      post(individual('B239-3')),
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(statuses(answer)).toEqual(['201 Created', '201 Created', '201 Created']);
    const { body } = answer;
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response', total: null, link: null });
    expect(body.entry[0]).toMatchObject({
      fullUrl: 'urn:uuid:7b1c-p1',
      request: null,
      search: null,
      response: { location: `${basePath}/Individual/${encodeURIComponent(nationalId('B239-1'))}` },
      resource: { type: 'Individual', name: { given: givenOf('B239-1'), family: familyOf('B239-1') } },
    });
    expect(body.entry.map(({ resource }: { resource: { identifier: object[] } }) => resource.identifier)).toMatchObject(
      [[{ value: 'B239-1' }], [{ value: 'B239-2' }], [{ value: 'B239-3' }]],
    );
    expect(body.entry[2].fullUrl).toBeNull();
    // The address is one that can be followed (F8).
    const followed = await t.send('GET', body.entry[1].response.location.slice(basePath.length));
    expect(followed.body.name).toBe('House B239-2');
  });

  it('B-240 transaction with one bad entry', async () => {
    const bad = post(individual('B240-2', { gender: { coding: [{ system: 'urn:x', code: '7' }] } }), 'urn:uuid:bad');
    const answer = await send('transaction', [post(individual('B240-1')), bad, post(individual('B240-3'))]);
    expect(outcome(answer)).toEqual([422, 'transaction_failed']);
    const { resourceType, issue: issues } = answer.body.detail;
    expect([resourceType, issues.length]).toEqual(['OperationOutcome', 1]);
    expect(issues[0]).toMatchObject({ severity: 'error', code: 'invalid' });
    expect(issues[0].diagnostics).toMatch(/2.*urn:uuid:bad.*7 of urn:x is not a gender/);
    expect(await Promise.all(['B240-1', 'B240-2', 'B240-3'].map(stored))).toEqual([0, 0, 0]);
  });

  it('B-241 transaction with an identifier in use', async () => {
    await send('transaction', [post(individual('B241-1'))]);
    const answer = await send('transaction', [
      post(individual('B241-2')),
      post(group('B241-3')),
      post(individual('B241-1')),
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'conflict', diagnostics: expect.stringMatching(/3.*unknown.*B241-1/) }],
    });
    // Two entries may not take it either.
    expect((await send('transaction', [post(individual('B241-4')), post(group('B241-4'))])).status).toBe(200);
    const twice = await send('transaction', [post(individual('B241-5')), post(individual('B241-5'))]);
    expect(outcome(twice)).toEqual([409, 'transaction_failed']);
    expect(await Promise.all(['B241-2', 'B241-3', 'B241-5'].map(stored))).toEqual([0, 0, 0]);
  });

  it('B-242 batch with one bad entry', async () => {
    const answer = await send('batch', [
      post(individual('B242-1')),
      post(individual('B242-1')),
      post(individual('B242-2')),
    ]);
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    expect(statuses(answer)).toEqual(['201 Created', '409 Conflict', '201 Created']);
    expect(answer.body.entry[1]).toMatchObject({
      response: { status: '409 Conflict', location: null, etag: null },
      resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'conflict' }] },
    });
    expect(await Promise.all(['B242-1', 'B242-2'].map(stored))).toEqual([1, 1]);
    const none = await send('batch', [ask('GET', one('B242-x')), {}]);
    expect([none.status, statuses(none)]).toEqual([200, ['422 Unprocessable Entity', '422 Unprocessable Entity']]);
  });

  it('B-243 placeholders, exact and embedded, in both types', async () => {
    for (const type of ['transaction', 'batch']) {
      const id = `B243-${type}`;
      const answer = await send(type, [
        post(individual(id), 'urn:uuid:x'),
        post(group(id, { member: [{ entity: { reference: 'urn:uuid:x' } }], name: 'House of urn:uuid:x.' })),
        post(group(`${id}-2`, { name: 'urn:uuid:later' }), 'urn:uuid:later'),
      ]);
      expect(statuses(answer)).toEqual(['201 Created', '201 Created', '201 Created']);
      expect(answer.body.entry[1].resource).toMatchObject({
        name: `House of ${one(id)}.`,
        member: [{ entity: { reference: one(id) } }],
      });
      expect(answer.body.entry[2].resource.name).toBe('urn:uuid:later');
    }
    // What is not made yet cannot be referred to.
    const forward = await send('transaction', [
      post(group('B243-f', { member: [{ entity: { reference: 'urn:uuid:f' } }] })),
      post(individual('B243-f'), 'urn:uuid:f'),
    ]);
    expect(forward.status).toBe(422);
  });

  it("B-244 placeholder for a group's member", async () => {
    await send('transaction', [
      post(individual('B244'), 'urn:uuid:p'),
      post(group('B244', { member: [{ entity: { reference: 'urn:uuid:p' } }] })),
    ]);
    const { body } = await t.send('GET', at('/Group/{}', householdId('B244')));
    expect(body).toMatchObject({ quantity: 1, member: [{ entity: { reference: one('B244') } }] });
    const of = { group: { identifiers: { value: 'B244' } } };
    expect(await t.orm.em.fork().count(GroupMembership, of)).toBe(1);
  });

  it('B-245 PUT, GET and DELETE', async () => {
    const house = `Group/${householdId('B245')}`;
    const answer = await send('transaction', [
      post(individual('B245')),
      post(group('B245')),
      ask('PUT', one('B245'), individual('B245', { name: { given: 'Eve', family: 'Birungi' } })),
      ask('GET', one('B245')),
      ask('DELETE', one('B245')),
      ask('DELETE', house),
      ask('GET', house),
    ]);
    expect(statuses(answer).slice(2)).toEqual(['200 OK', '200 OK', '204 No Content', '204 No Content', '200 OK']);
    const [, , put, got, deleted] = answer.body.entry;
    const location = `${basePath}/Individual/${encodeURIComponent(nationalId('B245'))}`;
    expect(put).toMatchObject({ response: { location }, resource: { name: { given: 'Eve' } } });
    expect(got).toMatchObject({ response: { location, etag: put.response.etag }, resource: { type: 'Individual' } });
    expect(deleted).toMatchObject({ response: { location: null, etag: null }, resource: null });
    // Archived, its identifiers in place, and not to be found by searching.
    expect((await read('B245')).body).toMatchObject({ active: false, identifier: [{ value: 'B245' }] });
    const search = `/Individual?identifier=${encodeURIComponent(nationalId('B245'))}`;
    expect((await t.send('GET', search)).body.meta.total).toBe(0);
    const [row] = await t.orm.em.fork().find(Registrant, { kind: 'individual', identifiers: { value: 'B245' } });
    expect(row).toMatchObject({ active: false, lastUpdateSystem: 'urn:openspp:api-client:full' });
    // There is no such method outside of bundles (K18).
    expect((await t.send('DELETE', at('/Individual/{}', nationalId('B245')))).status).toBe(405);
  });

  it('B-246 missing scope', async () => {
    await t.addClient('maker', ['individual:create']);
    const entries = [
      post(individual('B246-1')),
      ask('GET', one('B239-1')),
      post(group('B246')),
      ask('DELETE', one('B239-1')),
    ];
    const batch = await send('batch', entries, 'maker');
    const refused = '422 Unprocessable Entity';
    expect(statuses(batch)).toEqual(['201 Created', refused, refused, refused]);
    expect(issue(batch, 1)).toMatchObject({ severity: 'error', code: 'invalid' });
    expect([1, 2, 3].map((index) => issue(batch, index).diagnostics)).toEqual([
      expect.stringMatching(/read.*individual/),
      expect.stringMatching(/create.*group/),
      expect.stringMatching(/delete.*individual/),
    ]);
    const transaction = await send('transaction', [post(individual('B246-2')), post(group('B246'))], 'maker');
    expect(outcome(transaction)).toEqual([422, 'transaction_failed']);
    expect(await stored('B246-2')).toBe(0);
    // Nobody is asked for a scope of the bundle itself.
    await t.addClient('nothing', []);
    expect((await send('batch', [ask('GET', one('B239-1'))], 'nothing')).status).toBe(200);
    expect(outcome(await send('batch', [ask('GET', one('B239-1'))], null))).toEqual([401, 'token_missing']);
  });

  it('B-247 unknown type, searchset, no entries', async () => {
    const entry = [ask('GET', one('B239-1'))];
    expect(outcome(await send('picnic', entry))).toEqual([422, 'schema_violation']);
    for (const type of ['searchset', 'history', 'batch-response']) {
      expect(outcome(await send(type, entry))).toEqual([400, 'bundle_type_unsupported']);
    }
    expect((await send('searchset', entry)).body.detail).toMatch(/searchset.*transaction.*batch/);
    expect(outcome(await send('batch', []))).toEqual([400, 'bundle_empty']);
    expect(outcome(await send('transaction', undefined))).toEqual([400, 'bundle_empty']);
    const other = { resourceType: 'Patient', type: 'batch', entry };
    expect(outcome(await t.send('POST', '/$batch', { body: other }))).toEqual([422, 'schema_violation']);
    const fetched = await send('batch', [ask('FETCH', one('B239-1'))]);
    expect(fetched.body.detail[0]).toMatchObject({
      type: 'literal_error',
      loc: ['body', 'entry', 0, 'request', 'method'],
    });
    // What is accepted and ignored.
    const ignored = {
      total: 1,
      link: [],
      type: 'batch',
      entry: [{ ...entry[0], search: {}, response: { status: 'x' } }],
    };
    expect((await t.send('POST', '/$batch', { body: ignored })).status).toBe(200);
  });

  it('B-248 PATCH', async () => {
    const answer = await send('batch', [ask('PATCH', one('B239-1'), individual('B239-1'))]);
    expect(statuses(answer)).toEqual(['422 Unprocessable Entity']);
    expect(issue(answer, 0).diagnostics).toContain('PATCH');
    expect((await send('transaction', [ask('PATCH', one('B239-1'), {})])).status).toBe(422);
  });
});
