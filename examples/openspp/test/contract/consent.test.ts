import { expect, it } from 'vitest';
import { Consent } from '../../src/entities/index.ts';
import {
  at,
  householdId,
  nameOf,
  namesOf,
  nationalId,
  outcome,
  overEveryServer,
  person,
  personReference,
} from '../../testing/index.ts';
import {
  basicFields,
  type ConsentEntry,
  consentOf,
  consents,
  daysFromNow,
  denied,
  names,
  type Scope,
} from './support/consents.ts';

overEveryServer('consent', (t) => {
  const { as, fresh, prepare, load, registered, house, path, read, shown, outcomes } = consents(t);
  const unknown = path('nobody');

  it('B-094 without consent: 403, the body identical to that of an unknown identifier', async () => {
    const id = await registered();
    const [hidden, nobody] = [await read(id), await t.send('GET', unknown, { as })];
    expect(outcome(hidden)).toEqual(denied);
    expect(nobody.text).toBe(hidden.text);
    expect([nobody.status, Object.keys(nobody.headers)]).toEqual([hidden.status, Object.keys(hidden.headers)]);
    expect(hidden.text).not.toContain(id);
  });

  it('B-095 both answers take at least 50 ms', async () => {
    const id = await registered();
    for (const target of [path(id), unknown, path(id), unknown]) {
      const started = performance.now();
      expect((await t.send('GET', target, { as })).status).toBe(403);
      expect(performance.now() - started).toBeGreaterThanOrEqual(50);
    }
  });

  it('B-096 an unknown identifier is 404 on a legal basis', async () => {
    expect(outcome(await t.send('GET', unknown))).toEqual([404, 'individual_not_found']);
  });

  it('B-097 given consent, field access all: the whole resource, X-Consent-Status: active', async () => {
    const id = await registered([{ fieldAccess: 'all' }]);
    const { body, headers } = await shown(id);
    expect(body).toEqual((await read(id, 'full')).body);
    expect(body).toMatchObject({ birthDate: '1990-05-06', name: { text: nameOf(id) }, telecom: [{ rank: 2 }] });
    expect(headers).toMatchObject({ 'x-consent-status': 'active', 'x-consent-scope': 'individual' });
    expect(headers.etag).toBe(`"${body.meta.versionId}"`);
  });

  it('B-098 renewed consent: X-Consent-Status: renewed', async () => {
    const id = await registered([{}], { status: 'renewed' });
    expect((await shown(id)).headers['x-consent-status']).toBe('renewed');
  });

  it('B-099 the resource type all: X-Consent-Scope: all', async () => {
    const id = await registered([{ resourceType: 'all' }]);
    expect((await shown(id)).headers['x-consent-scope']).toBe('all');
  });

  it('B-100 field access basic shows type, identifier, name, active and meta', async () => {
    const id = await registered([{ fieldAccess: 'basic' }]);
    expect(names((await shown(id)).body)).toEqual(basicFields);
  });

  it('B-101 custom shows exactly its list beside type and identifier, and no ETag without meta', async () => {
    const id = await registered([{ fieldAccess: 'custom', customFields: ['name', 'birthDate'] }]);
    const answer = await shown(id);
    expect(names(answer.body)).toEqual(['birthDate', 'identifier', 'name', 'type']);
    expect(answer.headers).not.toHaveProperty('etag');
    const versioned = await registered([{ fieldAccess: 'custom', customFields: ['meta'] }]);
    const { body, headers } = await read(versioned);
    expect([names(body), headers.etag]).toEqual([['identifier', 'meta', 'type'], `"${body.meta.versionId}"`]);
  });

  it('B-102 custom with an empty list shows type and identifier only', async () => {
    for (const scope of [{ fieldAccess: 'custom' }, { fieldAccess: 'custom', customFields: [] }] as Partial<Scope>[]) {
      expect(names((await read(await registered([scope]))).body)).toEqual(['identifier', 'type']);
    }
  });

  it('B-103 consent for the resource type group does not open the individual', async () => {
    for (const resourceType of ['group', 'program_membership'] as const) {
      const id = await registered([{ resourceType, fieldAccess: 'all' }]);
      expect([resourceType, ...outcome(await read(id))]).toEqual([resourceType, ...denied]);
    }
  });

  it('B-104 consent without any scope opens nothing', async () => {
    expect(outcome(await read(await registered([])))).toEqual(denied);
  });

  it('B-105 consents that do not hold today open nothing', async () => {
    const closed: Partial<ConsentEntry>[] = [
      { expiryDate: daysFromNow(-1) },
      { status: 'renewed', expiryDate: daysFromNow(-1) },
      { effectiveDate: daysFromNow(2) },
      ...(['withdrawn', 'requested', 'refused', 'invalidated', 'expired'] as const).map((status) => ({ status })),
    ];
    for (const more of closed) {
      const id = await registered([{ fieldAccess: 'all' }], more);
      expect([more, ...outcome(await read(id))]).toEqual([more, ...denied]);
    }
    const lastDay = await registered([{}], { expiryDate: daysFromNow(0) });
    expect((await shown(lastDay)).status).toBe(200);
  });

  it('B-106 category consent to ngo opens for an ngo client, not for private or government', async () => {
    const id = await registered([{}], { recipientMode: 'category', allowedRecipientTypes: ['ngo'] });
    for (const client of [as, 'other-ngo']) expect((await shown(id, client)).status).toBe(200);
    for (const client of ['private', 'government']) expect(outcome(await read(id, client))).toEqual(denied);
  });

  it('B-107 household consent with individual scope opens its active members, not former ones', async () => {
    const [member, former, other] = [await registered(), await registered(), await registered()];
    const group = await house(member, former);
    const removal = { body: { entity: personReference(former) } };
    await t.send('POST', at('/Group/{}/$remove-member', householdId(group)), removal);
    expect(await outcomes([member, former, other])).toEqual([denied, denied, denied]);
    await load(consentOf({ group }, [{ fieldAccess: 'all' }]));
    expect((await shown(member)).body.birthDate).toBe('1990-05-06');
    expect(await outcomes([former, other])).toEqual([denied, denied]);
  });

  it('B-108 household consent with group scope does not open members', async () => {
    const member = await registered();
    const group = await house(member);
    await load(consentOf({ group }, [{ resourceType: 'group', fieldAccess: 'all' }]));
    const opened = await t.send('GET', at('/Group/{}', householdId(group)), { as });
    expect([opened.status, opened.headers['x-consent-scope'], opened.body.quantity]).toEqual([200, 'group', 1]);
    expect(outcome(await read(member))).toEqual(denied);
  });

  it("B-109 an individual's own narrower consent wins over the household's wider one", async () => {
    const member = await registered();
    const apart = await registered([{ resourceType: 'program_membership' }]);
    const group = await house(member, apart);
    await load(consentOf({ group }, [{ fieldAccess: 'all' }]));
    expect((await shown(member)).body).toHaveProperty('birthDate');
    await load(consentOf({ person: member }, [{ fieldAccess: 'basic' }]));
    expect(names((await shown(member)).body)).toEqual(basicFields);
    // Even where it opens nothing of the kind.
    expect(outcome(await read(apart))).toEqual(denied);
  });

  it('B-110 a second valid consent with a matching scope is found even if the first has none', async () => {
    const id = await registered([{ resourceType: 'group' }]);
    expect(outcome(await read(id))).toEqual(denied);
    await load(consentOf({ person: id }, [{ fieldAccess: 'all' }], { name: 'second' }));
    expect((await shown(id)).body).toHaveProperty('birthDate');
  });

  it('B-113 search hides rows without consent; no consent metadata in bodies', async () => {
    const city = fresh('City');
    const body = { address: [{ city }] };
    const open = await registered([{ fieldAccess: 'all' }], {}, body);
    await registered(undefined, {}, body);
    t.people.open(as, ...namesOf(open));
    const search = `/Individual?address=${encodeURIComponent(city)}`;
    const found = await t.send('GET', search, { as });
    expect(found.body.data.map((each: { identifier: { value: string }[] }) => each.identifier[0]?.value)).toEqual([
      open,
    ]);
    expect((await t.send('GET', search)).body.data).toHaveLength(2);
    expect(found.text).not.toMatch(/consent/i);
    for (const name of ['x-consent-status', 'x-consent-scope']) expect(found.headers).not.toHaveProperty(name);
    for (const other of ['/Group', '/ProgramMembership']) {
      expect((await t.send('GET', other, { as: 'private' })).body).toMatchObject({ data: [], meta: { total: 0 } });
    }
  });

  it('B-114 withdrawal takes effect on the next request', async () => {
    const id = await registered([{ fieldAccess: 'all' }]);
    await shown(id);
    const { externalId } = await t.orm.em.fork().findOneOrFail(Consent, { signatory: { identifiers: { value: id } } });
    expect((await t.send('POST', `/Consent/${externalId}/$revoke`, { as })).status).toBe(200);
    t.people.close(as, ...namesOf(id));
    expect(outcome(await read(id))).toEqual(denied);
    const search = `/Individual?identifier=${encodeURIComponent(nationalId(id))}`;
    expect((await t.send('GET', search, { as })).body.data).toEqual([]);
  });

  it('B-115 PATCH and PUT succeed without consent when the scope allows', async () => {
    const id = await registered();
    const patched = await t.send('PATCH', path(id), { as, body: { birthDate: '2001-02-03' } });
    expect(patched.status, patched.text).toBe(200);
    expect((await read(id, 'full')).body.birthDate).toBe('2001-02-03');
    const put = await t.send('PUT', path(id), { as, body: person(id, { birthDate: '2002-02-03' }) });
    expect(put.status, put.text).toBe(200);
    expect((await read(id, 'full')).body.birthDate).toBe('2002-02-03');
    expect(outcome(await read(id))).toEqual(denied);
  });

  it('B-116 bodies returned by POST, PUT and PATCH are filtered like a read', async () => {
    await prepare();
    const own = fresh('C-own');
    const bare = ['identifier', 'meta', 'type'];
    const posted = await t.send('POST', '/Individual', { as, body: person(own) });
    expect([posted.status, names(posted.body)]).toEqual([201, bare]);
    const hidden = await registered();
    expect(names((await t.send('PATCH', path(hidden), { as, body: { birthDate: '2001-02-03' } })).body)).toEqual(bare);
    expect(names((await t.send('PUT', path(hidden), { as, body: person(hidden) })).body)).toEqual(bare);
    const basic = await registered([{ fieldAccess: 'basic' }]);
    t.people.open(as, ...namesOf(basic));
    expect(names((await t.send('PATCH', path(basic), { as, body: { birthDate: '2001-02-03' } })).body)).toEqual(
      basicFields,
    );
    const custom = await registered([{ fieldAccess: 'custom', customFields: ['birthDate'] }]);
    const put = await t.send('PUT', path(custom), { as, body: person(custom, { birthDate: '2001-02-03' }) });
    expect(names(put.body)).toEqual(['birthDate', 'identifier', 'type']);
  });

  it('B-117 /Individual/{id}/groups needs consent covering individual, not just any', async () => {
    const groups = await registered([{ resourceType: 'group', fieldAccess: 'all' }]);
    const basic = await registered([{ fieldAccess: 'basic' }]);
    const open = await registered([{ fieldAccess: 'all' }]);
    const group = await house(groups, open);
    const ask = (id: string) => t.send('GET', `${path(id)}/groups`, { as });
    expect(outcome(await ask(groups))).toEqual(denied);
    expect((await ask(basic)).status).toBe(403);
    t.people.open(as, ...namesOf(open));
    const listed = await ask(open);
    expect([listed.status, listed.body.entry[0].resource.group.reference]).toEqual([
      200,
      `Group/${householdId(group)}`,
    ]);
  });
});
