import { expect, it } from 'vitest';
import { Consent } from '../../src/entities/index.ts';
import { at, nationalId, outcome, overEveryServer } from '../../testing/index.ts';
import { daysFromNow, today } from './support/consents.ts';
import { givenConsents } from './support/given-consents.ts';

const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
const foreign = '5f0d0f86-1f0c-4f52-9d7e-2f8a4f0f6b11';

overEveryServer('consent endpoints', (t) => {
  const { as, other, given } = givenConsents(t);
  const read = (who: string) => t.send('GET', at('/Individual/{}', nationalId(who)), { as });

  it('B-270 a visible consent is shown with its status, scopes and dates; an unknown one is not_found', async () => {
    const { externalId, path } = await given({ expiryDate: '2030-12-31' });
    const shown = await t.send('GET', path, { as });
    expect([shown.status, shown.body]).toEqual([
      200,
      {
        consent_id: externalId,
        status: 'given',
        grantee: 'Tests',
        effective_date: '2026-01-10',
        expiry_date: '2030-12-31',
        scopes: [
          {
            resource_type: 'individual',
            field_access: 'all',
            purpose: 'service_delivery',
            include_extensions: false,
          },
        ],
        legal_basis: 'consent',
      },
    ]);
    expect((await t.send('GET', path.toUpperCase().replace('/CONSENT', '/Consent'), { as })).text).toBe(shown.text);
    const unknown = await t.send('GET', `/Consent/${foreign}`, { as });
    const nothing = { consent_id: null, grantee: null, effective_date: null, expiry_date: null, legal_basis: null };
    expect([unknown.status, unknown.body]).toEqual([200, { ...nothing, status: 'not_found', scopes: [] }]);
    expect((await t.send('GET', path, { as: null })).status).toBe(401);
  });

  it('B-271 a consent that does not name the client is like none, in all answers', async () => {
    const { externalId, path } = await given();
    const ways: [string, string][] = [
      ['GET', ''],
      ['POST', '/$revoke'],
      ['DELETE', ''],
      ['GET', '/$receipt'],
      ['GET', '/$history'],
      ['GET', '/$access-summary'],
    ];
    for (const [verb, suffix] of ways) {
      const hidden = await t.send(verb, `${path}${suffix}`, { as: other });
      for (const none of [foreign, 'no-id-at-all']) {
        const unknown = await t.send(verb, `/Consent/${none}${suffix}`, { as: other });
        expect([unknown.status, unknown.text], `${verb} ${suffix} ${none}`).toEqual([hidden.status, hidden.text]);
        expect(unknown.text).not.toContain(externalId);
      }
    }
    expect((await t.send('GET', path, { as })).body.status).toBe('given');
  });

  it('B-272 recipients of a category see a consent by their type of organisation, in any state', async () => {
    const { path } = await given({
      recipientMode: 'category',
      allowedRecipientTypes: ['government'],
      status: 'refused',
    });
    const seen = await t.send('GET', path, { as: 'government' });
    expect(seen.body).toMatchObject({ status: 'refused', grantee: 'A ministry', legal_basis: 'public_task' });
    expect((await t.send('GET', path, { as })).body.status).toBe('not_found');
  });

  it('B-273 $revoke withdraws at once; a second one finds nothing', async () => {
    const { externalId, path, who } = await given();
    expect((await read(who)).status).toBe(200);
    const first = await t.send('POST', `${path}/$revoke`, { as, body: { reason: 'asked by phone' } });
    expect([first.status, first.body]).toEqual([
      200,
      { consent_id: externalId, status: 'withdrawn', revoked_at: moment, message: expect.any(String) },
    ]);
    expect(outcome(await t.send('POST', `${path}/$revoke`, { as }))).toEqual([404, 'active_consent_not_found']);
    expect(outcome(await read(who))).toEqual([403, 'access_denied']);
    expect((await t.send('GET', path, { as })).body.status).toBe('withdrawn');
    const stored = await t.orm.em.fork().findOneOrFail(Consent, { externalId });
    expect(stored).toMatchObject({
      withdrawalReason: 'asked by phone',
      withdrawalChannel: 'api',
      withdrawnBy: `Client ${as}`,
    });
    expect(outcome(await t.send('POST', `/Consent/${foreign}/$revoke`, { as }))).toEqual([
      404,
      'active_consent_not_found',
    ]);
  });

  it('B-274 DELETE does what $revoke does', async () => {
    const { externalId, path, who } = await given({ status: 'renewed' });
    const answer = await t.send('DELETE', `${path}?reason=${encodeURIComponent('moved away')}`, { as });
    expect([answer.status, answer.body.status, answer.body.consent_id]).toEqual([200, 'withdrawn', externalId]);
    expect((await t.send('GET', `${path}/$history`, { as })).body.history[0].reason).toBe('moved away');
    expect((await read(who)).status).toBe(403);
    expect(outcome(await t.send('DELETE', path, { as }))).toEqual([404, 'active_consent_not_found']);
  });

  it('B-275 a reason has 1000 characters at most', async () => {
    const { path } = await given();
    const long = 'x'.repeat(1001);
    expect(outcome(await t.send('POST', `${path}/$revoke`, { as, body: { reason: long } }))).toEqual([
      422,
      'schema_violation',
    ]);
    expect(outcome(await t.send('DELETE', `${path}?reason=${long}`, { as }))).toEqual([422, 'schema_violation']);
    const full = await t.send('POST', `${path}/$revoke`, { as, body: { reason: long.slice(1) } });
    expect(full.status).toBe(200);
  });

  it('B-276 a receipt lists purposes, sorted categories of data and five rights', async () => {
    const { path } = await given({
      scopes: [
        { resourceType: 'program_membership', purpose: 'audit' },
        { resourceType: 'individual', purpose: 'service_delivery' },
      ],
    });
    const { status, body } = await t.send('GET', `${path}/$receipt`, { as });
    expect(status).toBe(200);
    expect(body.purposes).toEqual([
      { id: 'service_delivery', description: 'Service Delivery', resource_type: 'individual', field_access: 'basic' },
      { id: 'audit', description: 'Audit/Compliance', resource_type: 'program_membership', field_access: 'basic' },
    ]);
    expect(body.data_categories).toEqual([
      'Demographics',
      'Eligibility for benefits',
      'Enrolment in programs',
      'Personal identity',
    ]);
    expect(body.data_subject_rights).toHaveLength(5);
    expect(body).toMatchObject({
      version: '1.0',
      timestamp: moment,
      consent_date: '2026-01-10',
      effective_date: '2026-01-10',
      expiry_date: null,
      collection_method: 'written',
      data_controller: { name: 'OpenSPP', contact: '' },
    });
    const again = await t.send('GET', `${path}/$receipt`, { as });
    expect(again.body.receipt_id).not.toBe(body.receipt_id);
    const whole = await given({ scopes: [{ resourceType: 'all', purpose: 'audit' }] });
    const all = await t.send('GET', `${whole.path}/$receipt`, { as });
    expect(all.body.data_categories).toEqual([...all.body.data_categories].sort());
    expect(all.body.data_categories).toHaveLength(5);
    expect(outcome(await t.send('GET', `/Consent/${foreign}/$receipt`, { as }))).toEqual([404, 'consent_not_found']);
  });

  it('B-277 a receipt has no internal id, and an address at which the consent can be withdrawn', async () => {
    const { externalId, path } = await given();
    const { body } = await t.send('GET', `${path}/$receipt`, { as, headers: { host: 'registry.example' } });
    expect(body.data_subject).toEqual({ identifier: externalId });
    expect(body.withdrawal_uri).toBe(`http://registry.example/api/v2/spp/Consent/${externalId}/$revoke`);
    const { pathname } = new URL(body.withdrawal_uri);
    expect((await t.send('POST', pathname.replace('/api/v2/spp', ''), { as })).status).toBe(200);
  });

  it('B-278 the history is newest first, and names the client', async () => {
    const { externalId, path } = await given();
    await t.send('POST', `${path}/$revoke`, { as, body: { reason: 'asked by phone' } });
    const { status, body } = await t.send('GET', `${path}/$history`, { as });
    expect([status, body]).toEqual([
      200,
      {
        consent_id: externalId,
        current_version: 2,
        history: [
          {
            version: 2,
            action: 'withdraw',
            changed_date: moment,
            changed_by: `Client ${as}`,
            changed_fields: ['status', 'withdrawn_date'],
            reason: 'asked by phone',
          },
          {
            version: 1,
            action: 'give',
            changed_date: moment,
            changed_by: 'Import',
            changed_fields: null,
            reason: null,
          },
        ],
      },
    ]);
    expect(outcome(await t.send('GET', `/Consent/${foreign}/$history`, { as }))).toEqual([404, 'consent_not_found']);
  });

  it('B-279 $access-summary counts what was seen by the consent; the bounds count', async () => {
    const { path, who, externalId } = await given();
    const summary = (query = '', client = as) => t.send('GET', `${path}/$access-summary${query}`, { as: client });
    const empty = { read: 0, search: 0, export: 0 };
    const kinds = { individual: 0, group: 0, program: 0, program_membership: 0 };
    expect((await summary()).body).toEqual({
      consent_id: externalId,
      total_accesses: 0,
      by_action: empty,
      by_resource_type: kinds,
      by_client: {},
      date_range: { first: null, last: null },
    });
    await read(who);
    await read(who);
    await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId(who))}`, { as });
    await t.send('PATCH', at('/Individual/{}', nationalId(who)), { as, body: { birthDateEstimated: true } });
    // Not by this consent: on another basis, and refused.
    await t.send('GET', at('/Individual/{}', nationalId(who)));
    await t.send('GET', at('/Individual/{}', nationalId(who)), { as: other });
    const { body } = await summary();
    expect(body).toEqual({
      consent_id: externalId,
      total_accesses: 4,
      by_action: { ...empty, read: 4 },
      by_resource_type: { ...kinds, individual: 4 },
      by_client: { [`Client ${as}`]: 4 },
      date_range: { first: moment, last: moment },
    });
    const counted = async (query: string) => (await summary(query)).body.total_accesses;
    expect(await counted(`?date_from=${today()}&date_to=${today()}`)).toBe(4);
    expect(await counted(`?date_from=${daysFromNow(1)}`)).toBe(0);
    expect(await counted(`?date_to=${daysFromNow(-1)}`)).toBe(0);
    expect(outcome(await summary('', other))).toEqual([404, 'consent_not_found']);
  });

  it('B-280 a date that is none is refused', async () => {
    const { path } = await given();
    for (const query of ['date_from=yesterday', 'date_to=2026-02-30', 'date_from=', 'date_to=2026-01-01T00:00:00']) {
      const { status, body } = await t.send('GET', `${path}/$access-summary?${query}`, { as });
      expect([status, body.code], query).toEqual([400, 'date_invalid']);
      expect(body.detail).toMatch(/date_(from|to).*YYYY-MM-DD/);
    }
  });

  it('B-281 consents are neither listed nor made', async () => {
    const { path } = await given();
    expect((await t.send('GET', '/Consent', { as })).status).toBe(404);
    expect((await t.send('POST', '/Consent', { as, body: {} })).status).toBe(404);
    for (const verb of ['POST', 'PUT', 'PATCH']) expect((await t.send(verb, path, { as, body: {} })).status).toBe(405);
  });
});
