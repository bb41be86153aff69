import { AuditEntry, AuditService } from '@sallyport/plugins/audit';
import { defineExtension } from '@sallyport/plugins/extensions';
import { expect, it } from 'vitest';
import type { Bootstrap } from '../../src/bootstrap/index.ts';
import { Registrant } from '../../src/entities/index.ts';
import { fisher, shippedExtensions } from '../../src/extensions/index.ts';
import {
  type Answer,
  at,
  household,
  householdId,
  namesOf,
  nationalId,
  overEachDatabase,
  overEveryServer,
  person,
  type TestApi,
} from '../../testing/index.ts';
import { ask, batchOf, one as entryOf, group, individual, post, program, statuses } from './support/batch.ts';

type Scope = Partial<NonNullable<Bootstrap['consents']>[number]['scopes'][number]>;

const everything = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
const landing = 'urn:openspp:vocab:landing-site';
const site = (code: string) => ({ coding: [{ system: landing, code }] });
const outcome = ({ status, body }: Answer) => [status, body.code];

overEveryServer('extensions', (t) => {
  const as = 'by-consent';
  let made = 0;
  const one = (id: string, query = '') => `${at('/Individual/{}', nationalId(id))}${query}`;
  const house = (id: string, query = '') => `${at('/Group/{}', householdId(id))}${query}`;
  const batch = batchOf(t);
  const prepared = new WeakSet<TestApi>();

  async function ready() {
    if (prepared.has(t)) return;
    prepared.add(t);
    await t.addClient(as, everything, 'consent');
    await t.addClient('names-only', [{ scope: 'individual:all', fields: ['name'] }]);
    await t.addClient('with-extensions', [{ scope: 'individual:all', fields: ['name', 'extension'] }]);
    await t.addClient('writer', ['individual:update']);
  }
  const boats = (boatCount: number, more: object = {}) => ({ extension: { fisher: { boatCount, ...more } } });
  /** A person, and consents to the tests' organisation. */
  async function registered(more: object = boats(2), scopes: readonly Scope[] = []) {
    await ready();
    const id = `X-${++made}`;
    const consent = {
      signatory: `Individual/${nationalId(id)}`,
      status: 'given',
      recipients: ['Tests'],
      scopes: scopes.map((scope) => ({ resourceType: 'individual', purpose: 'service_delivery', ...scope })),
    };
    const consents = scopes.length === 0 ? [] : [consent];
    await t.load({ individuals: [person(id, more)], consents } as Bootstrap);
    const opensName = ({ fieldAccess, customFields }: Scope) =>
      fieldAccess !== 'custom' || customFields?.includes('name');
    if (scopes.some(opensName)) t.people.open(as, ...namesOf(id));
    return id;
  }
  async function housed(extension: object) {
    await ready();
    const id = `XH-${++made}`;
    const answer = await t.send('POST', '/Group', { body: household(id, { extension }) });
    expect(answer.status, answer.text).toBe(201);
    return id;
  }
  const read = async (id: string, query: string, who = 'full') =>
    (await t.send('GET', one(id, query), { as: who })).body.extension;
  const stored = async (id: string) =>
    (await t.orm.em.fork().findOneOrFail(Registrant, { identifiers: { value: id } })).extension;
  const patch = (id: string, extension: unknown, who = 'full') =>
    t.send('PATCH', one(id), { as: who, body: { extension } });

  it('B-072 the capability statement lists active extensions with url, module, appliesTo and fields', async () => {
    const { body } = await t.send('GET', '/metadata', { as: null });
    expect(body.extensions).toEqual([
      {
        url: 'urn:openspp:extension:fisher',
        module: 'spp_fisher_registry',
        appliesTo: ['Individual', 'Group'],
        fields: ['x_boat_count', 'x_landing_site_id', 'x_is_licensed'],
        searchParams: ['fisher.boatCount', 'fisher.landingSite', 'fisher.isLicensed'],
      },
      {
        url: 'urn:openspp:extension:dwelling',
        module: 'spp_dwelling',
        appliesTo: ['Group'],
        fields: ['x_room_count', 'x_wall_material', 'x_has_electricity', 'x_surveyed_on', 'x_remarks'],
        searchParams: ['dwelling.wallMaterial'],
      },
    ]);
    expect(body.resources.Individual.searchParams).not.toContain('_extensions');
    const { text } = await t.send('GET', '/openapi.json', { as: null });
    for (const told of [
      'boatCount',
      'wallMaterial',
      'Where the catch is landed.',
      '_extensions',
      'fisher.isLicensed',
    ]) {
      expect(text).toContain(told);
    }
    expect(text).not.toContain('cattleCount');
  });

  it('B-282 _extensions shows one by key, URL, name and *; unknown ones are ignored; none by default', async () => {
    const id = await registered();
    const shown = { fisher: { url: fisher.url, boatCount: 2 } };
    for (const text of ['fisher', 'urn:openspp:extension:fisher', 'Fisher', '*', 'nothing,%20fisher%20', 'x,*']) {
      expect(await read(id, `?_extensions=${text}`), text).toEqual(shown);
    }
    for (const query of ['', '?_extensions=', '?_extensions=nothing', '?_extensions=livestock,dwelling']) {
      expect((await t.send('GET', one(id, query))).body, query).not.toHaveProperty('extension');
    }
  });

  it('B-283 names lose x_ and _id and become camelCase; 0 and false are shown, unset values are not', async () => {
    const id = await registered({ extension: { fisher: { boatCount: 0, isLicensed: false, landingSite: null } } });
    expect(await read(id, '?_extensions=*')).toEqual({
      fisher: { url: fisher.url, boatCount: 0, isLicensed: false },
    });
    await patch(id, { fisher: { landing_site: site('katwe') } });
    expect(await read(id, '?_extensions=*')).toMatchObject({
      fisher: { landingSite: { coding: [{ system: landing, code: 'katwe', display: 'Katwe' }], text: 'Katwe' } },
    });
  });

  it('B-284 extensions of groups never appear on individuals', async () => {
    const id = await registered();
    const em = t.orm.em.fork();
    const entity = await em.findOneOrFail(Registrant, { identifiers: { value: id } });
    entity.extension = { dwelling: { roomCount: 3 }, livestock: { cattleCount: 1 } };
    await em.flush();
    expect(await read(id, '?_extensions=*')).toBeUndefined();
    expect(outcome(await patch(id, { dwelling: { roomCount: 4 } }))).toEqual([422, 'extension_invalid']);
    const home = await housed({ dwelling: { roomCount: 2, remarks: '' }, fisher: { isLicensed: true } });
    expect((await t.send('GET', house(home, '?_extensions=*'))).body.extension).toEqual({
      dwelling: { url: 'urn:openspp:extension:dwelling', roomCount: 2 },
      fisher: { url: fisher.url, isLicensed: true },
    });
  });

  it('B-111 no extension without includeExtensions, whatever fields the consent opens', async () => {
    const scopes: readonly Scope[] = [
      { fieldAccess: 'all' },
      { fieldAccess: 'custom', customFields: ['name', 'extension'], includeExtensions: false },
      { fieldAccess: 'basic', includeExtensions: true },
    ];
    for (const scope of scopes) {
      const id = await registered(boats(2), [scope]);
      const answer = await t.send('GET', one(id, '?_extensions=*'), { as });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).not.toHaveProperty('extension');
      const { body } = await t.send(
        'GET',
        `/Individual?identifier=${encodeURIComponent(nationalId(id))}&_extensions=*`,
        { as },
      );
      expect(body.data).toHaveLength(1);
      expect(body.data[0]).not.toHaveProperty('extension');
    }
  });

  it('B-112 a list of the consent chooses extensions by their keys', async () => {
    const whole = await registered(boats(2), [{ fieldAccess: 'all', includeExtensions: true }]);
    const listed = await registered(boats(2), [
      { fieldAccess: 'all', includeExtensions: true, allowedExtensions: ['fisher'] },
    ]);
    const others = await registered(boats(2), [
      { fieldAccess: 'all', includeExtensions: true, allowedExtensions: ['health'] },
    ]);
    for (const id of [whole, listed])
      expect(await read(id, '?_extensions=*', as)).toMatchObject({ fisher: { boatCount: 2 } });
    expect(await read(others, '?_extensions=*', as)).toBeUndefined();
  });

  it('links of a search by an extension lead on with it, with _elements and _extensions (F37)', async () => {
    await registered(boats(7001));
    await registered(boats(7001));
    const query = 'fisher.boatCount=7001&_elements=extension&_extensions=fisher&_count=1';
    const { body } = await t.send('GET', `/Individual?${query}`);
    expect(body.links.next).toContain('_elements=extension&_extensions=fisher&_count=1&_offset=1');
    const next = await t.send('GET', body.links.next.replace('/api/v2/spp', ''));
    expect(next.body.data).toMatchObject([{ extension: { fisher: { boatCount: 7001 } } }]);
  });

  it('scopes with field lists show extensions where they name them', async () => {
    const id = await registered();
    expect(await read(id, '?_extensions=*', 'names-only')).toBeUndefined();
    expect(await read(id, '?_extensions=*', 'with-extensions')).toMatchObject({ fisher: { boatCount: 2 } });
    expect(outcome(await patch(id, { fisher: null }, 'names-only'))).toEqual([200, undefined]);
    expect(await stored(id)).toEqual({ fisher: { boatCount: 2 } });
    expect((await patch(id, { fisher: { boatCount: 3 } }, 'writer')).status).toBe(200);
    expect(await stored(id)).toEqual({ fisher: { boatCount: 3 } });
  });

  it('writes merge each extension and field; null clears, null in place of all is ignored', async () => {
    const id = await registered(boats(1, { isLicensed: true }));
    await patch(id, { fisher: { boatCount: 5 } });
    expect(await stored(id)).toEqual({ fisher: { boatCount: 5, isLicensed: true } });
    expect((await patch(id, null)).status).toBe(200);
    const put = (extension: unknown) => t.send('PUT', one(id), { body: person(id, { extension }) });
    expect((await put(null)).status).toBe(200);
    expect((await t.send('PUT', one(id), { body: person(id) })).status).toBe(200);
    expect(await stored(id)).toEqual({ fisher: { boatCount: 5, isLicensed: true } });
    const { body } = await t.send('GET', one(id, '?_extensions=*'));
    expect((await put(body.extension)).status).toBe(200);
    const answer = await t.send('PATCH', one(id, '?_extensions=fisher'), {
      body: { extension: { fisher: { isLicensed: null } } },
    });
    expect(answer.body.extension).toEqual({ fisher: { url: fisher.url, boatCount: 5 } });
    expect(answer.body.meta.versionId).not.toBe(body.meta.versionId);
    expect((await patch(id, { fisher: null })).body.extension).toBeNull();
    expect(await stored(id)).toBeNull();
  });

  it.each([
    [{ fisher: { boatCount: 'two' } }, 'boatCount'],
    [{ fisher: { boatCount: -2 } }, 'boatCount'],
    [{ fisher: { isLicensed: 'yes' } }, 'isLicensed'],
    [{ fisher: { landingSite: 'nowhere' } }, 'landingSite'],
    [{ fisher: { landingSite: { coding: [{ system: 'urn:iso:std:iso:5218', code: '1' }] } } }, 'landingSite'],
    [{ fisher: { netCount: 3 } }, 'netCount'],
    [{ fisher: { url: 'urn:other' } }, 'url'],
  ])('D5 %j cannot be stored: 422 that names extension and property', async (extension, property) => {
    const id = await registered();
    const answers = [
      await patch(id, extension),
      await t.send('PUT', one(id), { body: person(id, { extension }) }),
      await t.send('POST', '/Individual', { body: person(`${id}-new`, { extension }) }),
      await t.send('POST', '/Group', { body: household(`${id}-new`, { extension }) }),
    ];
    for (const answer of answers) {
      expect(outcome(answer)).toEqual([422, 'extension_invalid']);
      expect(answer.body.detail).toContain(`The extension fisher cannot store ${property}:`);
    }
    expect(await stored(id)).toEqual({ fisher: { boatCount: 2 } });
    expect((await t.send('GET', one(`${id}-new`))).status).toBe(404);
  });

  it('D5 for extensions that there are none of; what is no object at all breaks the schema', async () => {
    const id = await registered();
    for (const extension of [{ unheardOf: { a: 1 } }, { livestock: { cattleCount: 1 } }, { fisher: 7 }]) {
      expect(outcome(await patch(id, extension))).toEqual([422, 'extension_invalid']);
    }
    expect(outcome(await patch(id, 'fisher'))).toEqual([422, 'schema_violation']);
    const mixed = { birthDate: 'yesterday', extension: { fisher: { boatCount: 'two' } } };
    expect(outcome(await t.send('PATCH', one(id), { body: mixed }))).toEqual([422, 'schema_violation']);
  });

  it('consent clients neither overwrite nor clear extensions that they do not see, key by key', async () => {
    const hidden = await registered(boats(2), [{ fieldAccess: 'all' }]);
    const unread = await registered(boats(2));
    const listed = await registered(boats(2), [
      { fieldAccess: 'all', includeExtensions: true, allowedExtensions: ['health'] },
    ]);
    for (const id of [hidden, unread, listed]) {
      for (const extension of [{ fisher: { boatCount: 9 } }, { fisher: { boatCount: null } }, { fisher: null }]) {
        const answer = await patch(id, extension, as);
        expect(answer.status, answer.text).toBe(200);
        expect(answer.body).not.toHaveProperty('extension.fisher');
      }
      expect(outcome(await patch(id, { fisher: { boatCount: 'x' } }, as))).toEqual([422, 'extension_invalid']);
      expect(await stored(id)).toEqual({ fisher: { boatCount: 2 } });
    }
    const open = await registered(boats(2), [{ fieldAccess: 'all', includeExtensions: true }]);
    await patch(open, { fisher: { boatCount: 9 } }, as);
    expect(await stored(open)).toEqual({ fisher: { boatCount: 9 } });
    const id = `X-${++made}`;
    expect((await t.send('POST', '/Individual', { as, body: person(id, boats(4)) })).status).toBe(201);
    expect(await stored(id)).toEqual({ fisher: { boatCount: 4 } });
  });

  it('finds people by extensions, and nobody by those that the caller does not see', async () => {
    const whole: Scope = { fieldAccess: 'all', includeExtensions: true };
    const seen = await registered(boats(8001, { landingSite: 'kayinja' }), [whole]);
    const listed = await registered(boats(8001), [{ ...whole, allowedExtensions: ['fisher'] }]);
    const custom = await registered(boats(8001), [
      { fieldAccess: 'custom', customFields: ['extension'], includeExtensions: true, allowedExtensions: [] },
    ]);
    await registered(boats(8001), [{ fieldAccess: 'all' }]);
    await registered(boats(8001), [{ ...whole, allowedExtensions: ['health'] }]);
    await registered(boats(8001), [{ fieldAccess: 'custom', customFields: ['name'], includeExtensions: true }]);
    await registered(boats(8001), [{ fieldAccess: 'basic', includeExtensions: true }]);
    await registered(boats(8001));
    const found = async (query: string, who = as): Promise<string[]> => {
      const { status, body, text } = await t.send('GET', `/Individual?${query}&_count=50`, { as: who });
      expect(status, text).toBe(200);
      return body.data.map(({ identifier: [first] }: { identifier: { value: string }[] }) => first?.value).sort();
    };
    expect(await found('fisher.boatCount=8001')).toEqual([seen, listed, custom].sort());
    expect(await found('fisher.boatCount=8001', 'full')).toHaveLength(8);
    expect(await found('fisher.landingSite=kayinja')).toEqual([seen]);
    expect(await found(`fisher.landingSite=${landing}|kayinja`)).toEqual([seen]);
    expect(outcome(await t.send('GET', '/Individual?fisher.boatCount=two'))).toEqual([400, 'filter_value_unknown']);
    expect((await t.send('GET', '/Individual?fisher.boatCount=1', { as: 'names-only' })).status).toBe(400);
    // A misspelt field must not find everybody; parameters of nothing that the API knows are ignored (K22).
    expect(outcome(await t.send('GET', '/Individual?fisher.bogus=7'))).toEqual([400, 'filter_unknown']);
    expect(outcome(await t.send('POST', '/Individual/_search?fisher.bogus=7', { body: {} }))[0]).toBe(400);
    expect((await t.send('GET', '/Individual?angler.bogus=7')).status).toBe(200);
  });

  it('come with _search, with bundles and with exports', async () => {
    const id = await registered(boats(9001));
    const path = '/Individual/_search?_extensions=fisher&fisher.boatCount=9001';
    const searched = await t.send('POST', path, { body: {} });
    const resources = searched.body.entry.map(({ resource }: { resource: object }) => resource);
    expect(resources).toMatchObject([{ extension: { fisher: { boatCount: 9001 } } }]);
    expect((await t.send('POST', '/Individual/_search', { body: {} })).text).not.toContain('boatCount');
    const sent = { type: 'Individual', identifiers: [nationalId(id)], _extensions: 'fisher' };
    const exported = await t.send('POST', '/$bulk/export', { body: sent });
    expect(exported.text).toContain('"boatCount":9001');
    const fresh = `X-${++made}`;
    const answer = await batch.send('batch', [
      post(individual(fresh, boats(3))),
      ask('PUT', entryOf(fresh), individual(fresh, { extension: { fisher: { isLicensed: true } } })),
      post(individual(`${fresh}-bad`, boats(-1))),
      post(group(`${fresh}-home`, { extension: { dwelling: { wallMaterial: 'mud' } } })),
    ]);
    expect(statuses(answer)).toEqual(['201 Created', '200 OK', '422 Unprocessable Entity', '201 Created']);
    expect(answer.body.entry[2].resource.issue[0].diagnostics).toContain('The extension fisher cannot store boatCount');
    expect(await stored(fresh)).toEqual({ fisher: { boatCount: 3, isLicensed: true } });
    expect(await stored(`${fresh}-home`)).toEqual({ dwelling: { wallMaterial: 'mud' } });
  });

  it('the audit tells which extensions were shown', async () => {
    const id = await registered(boats(2));
    const { flush } = t.api.services.resolve(AuditService);
    await t.send('GET', one(id, '?_extensions=*&_elements=name,extension'));
    await t.send('GET', one(id));
    await flush();
    const entries = await t.orm.em.fork().find(AuditEntry, { identifier: nationalId(id), operation: 'read' });
    expect(entries.map(({ fields }) => fields.filter((name) => name.startsWith('extension')))).toEqual([
      ['extension', 'extension.fisher'],
      [],
    ]);
  });
});

overEachDatabase('extensions of a deployment', (t) => {
  const health = defineExtension({
    name: 'Health card',
    url: 'urn:example:extension:health',
    module: 'health_cards',
    appliesTo: ['individual'],
    fields: {
      x_card_number: { kind: 'text', maxLength: 20 },
      x_program_id: { kind: 'reference', resource: 'program', by: 'name' },
    },
  });

  it('are declared when the API is made', async () => {
    const started = await t.start({ extensions: [...shippedExtensions, health] });
    const headers = { authorization: `Bearer ${await t.token('full')}` };
    const send = async (method: string, path: string, body?: object) => {
      const answer = await started.send(method, path, { headers, ...(body && { body }) }, 'full');
      expect(answer.status, answer.text).toBeLessThan(300);
      return answer.body;
    };
    const { extensions } = await send('GET', '/metadata');
    expect(extensions).toContainEqual({
      url: 'urn:example:extension:health',
      module: 'health_cards',
      appliesTo: ['Individual'],
      fields: ['x_card_number', 'x_program_id'],
      searchParams: [],
    });
    await send('POST', '/Program', program('X-clinic'));
    const extension = { health: { cardNumber: 'H-7', program: 'Program X-clinic' } };
    await send('POST', '/Individual', person('X-own', { extension }));
    const path = at('/Individual/{}', nationalId('X-own'));
    const shown = { health: { url: 'urn:example:extension:health', ...extension.health } };
    expect((await send('GET', `${path}?_extensions=Health%20card`)).extension).toEqual(shown);
    // An API without the extension leaves what there is of it alone.
    await t.send('PATCH', path, { body: { extension: { fisher: { boatCount: 1 } } } });
    expect((await send('GET', `${path}?_extensions=health`)).extension).toEqual(shown);
    await started.close();
  });
});
