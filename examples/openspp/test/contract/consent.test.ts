import { expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { Consent, Identifier, VocabularyCode } from '../../src/entities/index.ts';
import { at, householdId, nationalId, overEachDatabase, person, type TestApi } from '../../testing/test-api.ts';

type ConsentEntry = NonNullable<Bootstrap['consents']>[number];
type Scope = ConsentEntry['scopes'][number];

const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
const names = (body: object) => Object.keys(body).sort();
const daysFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** A consent that lasts, of a person or a group, to the tests' organisation unless told. */
function consentOf(
  subject: { readonly person: string } | { readonly group: string },
  scopes: readonly Partial<Scope>[],
  more: Partial<ConsentEntry> = {},
): ConsentEntry {
  return {
    ...('person' in subject
      ? { signatory: `Individual/${nationalId(subject.person)}` }
      : { group: `Group/${householdId(subject.group)}` }),
    status: 'given',
    ...(more.recipientMode === 'category' ? {} : { recipients: ['Tests'] }),
    effectiveDate: '2020-01-01',
    scopes: scopes.map((scope) => ({ resourceType: 'individual', purpose: 'service_delivery', ...scope })),
    ...more,
  };
}

const whole = {
  birthDate: '1990-05-06',
  telecom: [{ system: 'phone', use: 'mobile', value: '+256700000001' }],
  address: [{ city: 'Mbarara' }],
};

overEachDatabase('consent', (t) => {
  const one = (id: string) => at('/Individual/{}', nationalId(id));
  const as = 'by-consent';
  const read = (id: string, client = as) => t.send('GET', one(id), { as: client });
  let made = 0;

  /** A person with some consents. */
  async function registered(consents: (id: string) => readonly ConsentEntry[] = () => [], more: object = whole) {
    const id = `C-${++made}`;
    await ready(t);
    await t.load({ individuals: [person(id, more)], consents: [...consents(id)] } as Bootstrap);
    return id;
  }

  const prepared = new WeakSet<TestApi>();
  async function ready(api: TestApi) {
    if (prepared.has(api)) return;
    prepared.add(api);
    await api.addClient(as, everything, 'consent');
    await api.addClient('private', everything, 'consent', { name: 'A company', type: 'private' });
    await api.addClient('government', everything, 'consent', { name: 'A ministry', type: 'government' });
    await api.addClient('other-ngo', everything, 'consent', { name: 'Another NGO', type: 'ngo' });
  }

  const refused = { status: 403, code: 'access_denied' };
  const outcome = ({ status, body }: { status: number; body: { code?: string } }) => ({ status, code: body.code });

  it('B-097 given consent, field access all: the whole resource', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'all' }])]);
    const answer = await read(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ birthDate: '1990-05-06', name: { given: 'Ada' }, telecom: [{ rank: 2 }] });
    expect(answer.headers).toMatchObject({ 'x-consent-status': 'active', 'x-consent-scope': 'individual' });
    expect(answer.headers.etag).toBe(`"${answer.body.meta.versionId}"`);
  });

  it('B-098 renewed consent', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{}], { status: 'renewed' })]);
    expect((await read(id)).headers['x-consent-status']).toBe('renewed');
  });

  it('B-099 resource type all', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{ resourceType: 'all' }])]);
    expect((await read(id)).headers['x-consent-scope']).toBe('all');
  });

  it('B-100 basic shows type, identifier, name, active and meta', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'basic' }])]);
    expect(names((await read(id)).body)).toEqual(['active', 'identifier', 'meta', 'name', 'type']);
  });

  it('B-101 custom shows its list beside type and identifier, and no ETag without meta', async () => {
    const custom: Partial<Scope> = { fieldAccess: 'custom', customFields: ['name', 'birthDate'] };
    const id = await registered((who) => [consentOf({ person: who }, [custom])]);
    const answer = await read(id);
    expect(names(answer.body)).toEqual(['birthDate', 'identifier', 'name', 'type']);
    expect(answer.headers).not.toHaveProperty('etag');
    const elements = await t.send('GET', `${one(id)}?_elements=name,telecom`, { as });
    expect(names(elements.body)).toEqual(['identifier', 'name', 'type']);
  });

  it('B-102 custom without a list shows type and identifier', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'custom' }])]);
    expect(names((await read(id)).body)).toEqual(['identifier', 'type']);
  });

  it('B-103 B-104 a consent for groups, or without a scope, does not open the person', async () => {
    const groups = await registered((who) => [consentOf({ person: who }, [{ resourceType: 'group' }])]);
    const without = await registered((who) => [consentOf({ person: who }, [])]);
    for (const id of [groups, without]) expect(outcome(await read(id))).toEqual(refused);
  });

  it('B-105 a consent that does not hold today opens nothing', async () => {
    const closed: Partial<ConsentEntry>[] = [
      { status: 'given', expiryDate: daysFromNow(-1) },
      { status: 'given', effectiveDate: daysFromNow(2) },
      ...(['withdrawn', 'requested', 'refused', 'invalidated', 'expired'] as const).map((status) => ({ status })),
    ];
    for (const more of closed) {
      const id = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'all' }], more)]);
      expect(outcome(await read(id)), JSON.stringify(more)).toEqual(refused);
    }
    const lastDay = await registered((who) => [consentOf({ person: who }, [{}], { expiryDate: daysFromNow(0) })]);
    expect((await read(lastDay)).status).toBe(200);
  });

  it('B-106 a consent for a category opens for its organisations', async () => {
    const category: Partial<ConsentEntry> = { recipientMode: 'category', allowedRecipientTypes: ['ngo'] };
    const id = await registered((who) => [consentOf({ person: who }, [{}], category)]);
    const seen = [];
    for (const client of [as, 'other-ngo', 'private', 'government']) seen.push((await read(id, client)).status);
    expect(seen).toEqual([200, 200, 403, 403]);
  });

  it('B-107 B-108 a household opens its active members by an individual scope, not by one of groups', async () => {
    const [member, former, other] = [await registered(), await registered(), await registered()];
    const group = `CG-${++made}`;
    const entity = (id: string) => ({ entity: { reference: `Individual/${nationalId(id)}` } });
    await t.load({
      groups: [{ identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: group }], name: 'House' }],
    } as Bootstrap);
    const path = at('/Group/{}', householdId(group));
    for (const id of [member, former]) await t.send('POST', `${path}/$add-member`, { body: entity(id) });
    await t.send('POST', `${path}/$remove-member`, { body: entity(former) });
    await t.load({ consents: [consentOf({ group }, [{ resourceType: 'group', fieldAccess: 'all' }])] } as Bootstrap);
    expect((await t.send('GET', path, { as })).headers['x-consent-scope']).toBe('group');
    expect((await read(member)).status).toBe(403);
    await t.load({ consents: [consentOf({ group }, [{ fieldAccess: 'all' }])] } as Bootstrap);
    expect((await Promise.all([member, former, other].map((id) => read(id)))).map(({ status }) => status)).toEqual([
      200, 403, 403,
    ]);
    // B-109: a consent of one's own, though it shows less.
    await t.load({ consents: [consentOf({ person: member }, [{ fieldAccess: 'basic' }])] } as Bootstrap);
    expect((await read(member)).body).not.toHaveProperty('birthDate');
    expect((await t.send('GET', path, { as })).body.member).toHaveLength(1);
  });

  it('B-109 an own consent stands before the household’s even where it opens nothing of the kind', async () => {
    const id = await registered((who) => [consentOf({ person: who }, [{ resourceType: 'program_membership' }])]);
    const group = `CG-${++made}`;
    await t.load({
      groups: [
        {
          identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: group }],
          member: [{ entity: { reference: `Individual/${nationalId(id)}` } }],
        },
      ],
      consents: [consentOf({ group }, [{ fieldAccess: 'all' }])],
    } as Bootstrap);
    expect(outcome(await read(id))).toEqual(refused);
  });

  it('B-110 a second consent with a matching scope is found', async () => {
    const id = await registered((who) => [
      consentOf({ person: who }, [{ resourceType: 'group' }]),
      consentOf({ person: who }, [{ fieldAccess: 'all' }], { name: 'second' }),
    ]);
    expect((await read(id)).body).toHaveProperty('birthDate');
  });

  it('B-113 B-114 B-146 a search shows what consents open, page by page, until one is withdrawn', async () => {
    const city = { address: [{ city: `Search ${++made}` }] };
    const opened = [];
    for (let index = 0; index < 7; index += 1) {
      const scopes: Partial<Scope>[] = [{ fieldAccess: 'all' }];
      const id = await registered((who) => (index % 2 === 0 ? [consentOf({ person: who }, scopes)] : []), {
        ...city,
        name: { text: `N${index}` },
      });
      if (index % 2 === 0) opened.push(id);
    }
    const found: string[] = [];
    let path = `/Individual?address=${encodeURIComponent(city.address[0]?.city ?? '')}&_count=2`;
    for (let pages = 0; path !== ''; pages += 1) {
      expect(pages).toBeLessThan(6);
      const { body, headers } = await t.send('GET', path, { as });
      expect(headers).not.toHaveProperty('x-consent-status');
      expect(body.meta.total).toBe(4);
      for (const each of body.data) found.push(each.identifier[0].value);
      path = body.links.next?.replace('/api/v2/spp', '') ?? '';
    }
    expect(found).toEqual(opened);
    const withdrawn = await t.orm.em.fork().findOneOrFail(Consent, {
      signatory: { identifiers: { value: opened[0] ?? '' } },
    });
    await t.orm.em.fork().nativeUpdate(Consent, { id: withdrawn.id }, { status: 'withdrawn' });
    expect(outcome(await read(opened[0] ?? ''))).toEqual(refused);
  });

  it('B-145 the total of a consent client is of what it may see: that of a page that holds all of it', async () => {
    const city = `Total ${++made}`;
    for (const scopes of [[{ fieldAccess: 'all' }], [{ fieldAccess: 'all' }], []] as Partial<Scope>[][]) {
      await registered((who) => (scopes.length > 0 ? [consentOf({ person: who }, scopes)] : []), {
        address: [{ city }],
      });
    }
    const { body } = await t.send('GET', `/Individual?address=${encodeURIComponent(city)}`, { as });
    expect(body.meta).toEqual({ total: 2, count: 2, offset: 0 });
  });

  it('8.2 nobody is found, or put in order, by what a consent hides', async () => {
    const city = `Hidden ${++made}`;
    const more = { birthDate: '1991-01-01', address: [{ city }] };
    const basic = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'basic' }])], more);
    const custom: Partial<Scope> = { fieldAccess: 'custom', customFields: ['birthDate'] };
    const dated = await registered((who) => [consentOf({ person: who }, [custom])], more);
    const found = async (query: string) =>
      (await t.send('GET', `/Individual?${query}`, { as })).body.data.map(
        (each: { identifier: { value: string }[] }) => each.identifier[0]?.value,
      );
    const either = (values: string[]) => values.filter((value) => [basic, dated].includes(value));
    expect(either(await found('birthdate=1991-01-01&_count=100'))).toEqual([dated]);
    expect(either(await found('name=Birungi&_count=100'))).toEqual([basic]);
    expect(await found(`address=${encodeURIComponent(city)}`)).toEqual([]);
    const all = await found('_count=100');
    expect(await found('_count=100&_sort=-birthDate')).toEqual(all);
    expect(await found('_count=100&_sort=-name')).toEqual(all);
  });

  it('B-115 B-116 a client writes without consent, and is answered no more than which record it wrote', async () => {
    const id = await registered();
    const patched = await t.send('PATCH', one(id), { as, body: { birthDate: '2001-02-03' } });
    expect([patched.status, names(patched.body)]).toEqual([200, ['identifier', 'meta', 'type']]);
    const put = await t.send('PUT', one(id), { as, body: person(id) });
    expect([put.status, names(put.body)]).toEqual([200, ['identifier', 'meta', 'type']]);
    expect((await t.send('GET', one(id))).body.birthDate).toBe('2001-02-03');
    const own = `C-own-${++made}`;
    const posted = await t.send('POST', '/Individual', { as, body: person(own) });
    expect([posted.status, names(posted.body)]).toEqual([201, ['identifier', 'meta', 'type']]);
    const seen = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'basic' }])]);
    const basic = await t.send('PATCH', one(seen), { as, body: { birthDate: '2001-02-03' } });
    expect(names(basic.body)).toEqual(['active', 'identifier', 'meta', 'name', 'type']);
    expect((await t.send('GET', one(seen))).body.birthDate).toBe('2001-02-03');
  });

  it('B-117 the groups of a person need a consent that shows them', async () => {
    const groups = await registered((who) => [
      consentOf({ person: who }, [{ resourceType: 'group', fieldAccess: 'all' }]),
    ]);
    const basic = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'basic' }])]);
    const shown = await registered((who) => [consentOf({ person: who }, [{ fieldAccess: 'all' }])]);
    expect(outcome(await t.send('GET', `${one(groups)}/groups`, { as }))).toEqual(refused);
    expect((await t.send('GET', `${one(basic)}/groups`, { as })).status).toBe(403);
    expect((await t.send('GET', `${one(shown)}/groups`, { as })).status).toBe(200);
  });

  it('B-086 B-087 an ambiguous identifier is told to who may read all who hold it', async () => {
    const first = await registered((who) => [consentOf({ person: who }, [{}])]);
    const second = await registered();
    const twin = `C-twin-${++made}`;
    const em = t.orm.em.fork();
    for (const value of [first, second]) {
      const { registrant } = await em.findOneOrFail(Identifier, { value });
      const type = await em.findOneOrFail(VocabularyCode, { code: 'passport' });
      em.create(Identifier, { registrant, type, value: twin });
    }
    await em.flush();
    const twins = at('/Individual/{}', `urn:openspp:vocab:id-type#passport|${twin}`);
    const ambiguous = { status: 409, code: 'identifier_ambiguous' };
    const asked = async (client: string) => [
      outcome(await t.send('GET', twins, { as: client })),
      outcome(await t.send('PATCH', twins, { as: client, body: {} })),
      outcome(await t.send('GET', `${twins}/groups`, { as: client })),
    ];
    expect(await asked('full')).toEqual([ambiguous, ambiguous, ambiguous]);
    expect(await asked(as)).toEqual([refused, refused, refused]);
    await t.load({ consents: [consentOf({ person: second }, [{ fieldAccess: 'all' }])] } as Bootstrap);
    expect((await asked(as)).slice(0, 2)).toEqual([ambiguous, ambiguous]);
  });

  it('8.4 a member whom the client may not read is named without a display', async () => {
    const [open, hidden] = [await registered((who) => [consentOf({ person: who }, [{}])]), await registered()];
    const group = `CG-${++made}`;
    await t.load({
      groups: [
        {
          identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: group }],
          member: [open, hidden].map((id) => ({ entity: { reference: `Individual/${nationalId(id)}` } })),
        },
      ],
      consents: [consentOf({ group }, [{ resourceType: 'group', fieldAccess: 'all' }])],
    } as Bootstrap);
    const path = at('/Group/{}', householdId(group));
    const members = (await t.send('GET', path, { as })).body.member.map((each: { entity: object }) => each.entity);
    expect(members).toHaveLength(2);
    expect(members).toContainEqual({ reference: `Individual/${nationalId(open)}`, display: 'Ada Birungi' });
    expect(members).toContainEqual({ reference: `Individual/${nationalId(hidden)}` });
    const history = (await t.send('GET', `${path}/membership-history`, { as })).body.data;
    expect(history.map((each: { member: object }) => 'display' in each.member).sort()).toEqual([false, true]);
  });

  it('10.4 a client may name whom it has registered itself, and nobody else whom it cannot read', async () => {
    const own = `C-own-${++made}`;
    await t.send('POST', '/Individual', { as, body: person(own) });
    const foreign = await registered();
    const body = (id: string, value: string) => ({
      identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value }],
      member: [{ entity: { reference: `Individual/${nationalId(id)}` } }],
    });
    const [mine, theirs, nobodys] = [`CG-${++made}`, `CG-${++made}`, `CG-${++made}`];
    expect((await t.send('POST', '/Group', { as, body: body(own, mine) })).status).toBe(201);
    const refusals = [
      await t.send('POST', '/Group', { as, body: body(foreign, theirs) }),
      await t.send('POST', '/Group', { as, body: body('nobody', nobodys) }),
    ];
    const [first, second] = refusals.map(({ status, text }) => ({
      status,
      text: text.replaceAll(foreign, 'X').replaceAll('nobody', 'X'),
    }));
    expect(first).toEqual(second);
    expect(first?.status).toBe(422);
  });

  it('K23 a membership is changed without consent for its beneficiary, and keeps who it is of', async () => {
    const [id, other] = [await registered(), await registered()];
    made += 1;
    await t.load({
      programs: [
        {
          identifier: [{ system: 'urn:openspp:program', value: `consent-${made}` }],
          name: `consent ${made}`,
          targetType: 'individual',
          programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'social-protection' }] },
        },
      ],
    } as Bootstrap);
    const reference = `Program/urn:openspp:program|consent-${made}`;
    const body = (value: string) => ({
      program: { reference },
      beneficiary: { reference: `Individual/${nationalId(value)}` },
      status: 'enrolled',
    });
    expect((await t.send('POST', '/ProgramMembership', { body: body(id) })).status).toBe(201);
    const path = `${at('/ProgramMembership/{}', nationalId(id))}?program=${encodeURIComponent(reference)}`;
    const changed = await t.send('PUT', path, { as, body: { ...body(id), status: 'paused' } });
    expect([changed.status, names(changed.body)]).toEqual([200, ['identifier', 'meta', 'type']]);
    const another = await t.send('PUT', path, { as, body: body(other) });
    const nobody = await t.send('PUT', path, { as, body: body('nobody') });
    expect([outcome(another), outcome(nobody)].map(({ status }) => status)).toEqual([422, 422]);
    expect(another.text.replaceAll(other, 'X')).toBe(nobody.text.replaceAll('nobody', 'X'));
  });
});
