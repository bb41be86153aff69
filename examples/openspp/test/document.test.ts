import { beforeAll, expect, it } from 'vitest';
import { household, nationalId, overEachDatabase, person } from '../testing/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents are looked at by matchers
type Looked = any;

/** What a client developer has to go by: the document that is served. */
overEachDatabase('the served document', (t) => {
  let document: Looked;
  let operations: readonly (readonly [string, Looked])[];
  beforeAll(async () => {
    document = (await t.send('GET', '/openapi.json', { as: null })).body;
    operations = Object.entries<Looked>(document.paths).flatMap(([path, item]) =>
      Object.entries<Looked>(item).map(([verb, operation]) => [`${verb} ${path}`, operation] as const),
    );
  });
  const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const answerOf = (verb: string, path: string, status = 200) =>
    document.paths[path][verb].responses[status].content['application/json'].schema;
  const parameter = (path: string, name: string) =>
    document.paths[path].get.parameters.find((each: { name: string }) => each.name === name);

  it('has a schema for every answer, the same for records as their reads', () => {
    expect(answerOf('post', '/Group/{key}/$add-member', 201)).toEqual(component('GroupMember'));
    expect(answerOf('post', '/Group/{key}/$remove-member')).toEqual(component('GroupMember'));
    expect(answerOf('patch', '/Group/{key}/member/{individual}')).toEqual(component('GroupMember'));
    expect(answerOf('post', '/Group/$merge')).toEqual(answerOf('get', '/Group/{key}'));
    expect(answerOf('post', '/Group/{key}/$split', 201)).toEqual(answerOf('get', '/Group/{key}'));
    expect(document.paths['/Group/{key}/$split'].post.responses['201'].headers.location.required).toBe(true);
    expect(document.components.schemas.GroupMembershipList.properties.entry.items.properties.resource).toMatchObject(
      component('GroupMember'),
    );
    expect(answerOf('get', '/Group/{key}/membership-history').properties.data.items).toEqual(
      component('MembershipEvent'),
    );
    expect(document.components.schemas.CapabilityStatement.required).toContain('resources');
    for (const [place, { responses }] of operations) {
      for (const [status, { content = {} }] of Object.entries<Looked>(responses)) {
        for (const { schema } of Object.values<Looked>(content)) {
          const told = Object.keys(schema ?? {}).some((keyword) => keyword !== 'type' && keyword !== 'description');
          expect([place, status, told]).toEqual([place, status, true]);
        }
      }
    }
  });

  it('says of every parameter, and of every member of records and answers, what it is', () => {
    const silent: string[] = [];
    for (const [place, { parameters = [] }] of operations) {
      for (const { name, description = '' } of parameters) if (description === '') silent.push(`${place} ${name}`);
    }
    const { schemas } = document.components;
    const describes = ({ description, $ref }: Looked): boolean =>
      description !== undefined || ($ref !== undefined && describes(schemas[$ref.split('/').at(-1)]));
    const look = (schema: Looked, place: string): void => {
      for (const [name, member] of Object.entries<Looked>(schema?.properties ?? {})) {
        if (!describes(member)) silent.push(`${place}.${name}`);
        look(member, `${place}.${name}`);
      }
      if (schema?.items !== undefined) look(schema.items, `${place}[]`);
    };
    for (const [name, schema] of Object.entries(schemas)) look(schema, name);
    expect(silent).toEqual([]);
  });

  it('holds no words of the contract that it is made by, and no name that is only a number more', () => {
    expect(JSON.stringify(document)).not.toMatch(/contract|§/i);
    const { schemas, responses } = document.components;
    expect(Object.keys(schemas).filter((name) => /[a-z]\d$/.test(name))).toEqual([]);
    expect(Object.keys(schemas)).toEqual(expect.arrayContaining(['IndividualCondition', 'ProgramCondition']));
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['Conflict', 'ProgramConflict']));
  });

  it('tells types as they are read', () => {
    expect(parameter('/Individual', 'fisher.boatCount').schema).toEqual({ type: 'integer' });
    expect(parameter('/Individual', 'fisher.isLicensed').schema).toEqual({ type: 'boolean' });
    expect(parameter('/Individual', '_offset').schema).toEqual({ type: 'integer', minimum: 0, default: 0 });
    expect(parameter('/Individual', 'write_date[gt]').schema.anyOf).toEqual([
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'date' },
    ]);
    expect(document.paths['/Consent/{consent}'].delete).not.toHaveProperty('requestBody');
    expect(document.components.schemas.BulkExportRequest.properties._extensions.description).toMatch(
      /^Individual: .*fisher\. Group: .*dwelling\.$/,
    );
  });

  it('tells keys to sort by, grounds of reads, and what scopes open', () => {
    expect(parameter('/Individual', '_sort').description).toMatch(/`-` in front.*`name`, `birthdate`, `lastUpdated`/);
    const { headers } = document.paths['/Individual/{key}'].get.responses['200'];
    expect(headers['X-Consent-Status'].$ref).toBe('#/components/headers/X-Consent-Status');
    expect(document.components.headers['X-Consent-Status'].schema.enum).toContain('legal_basis');
    const { scopes } = document.components.securitySchemes.oauth2.flows.clientCredentials;
    expect(scopes['individual:delete']).toMatch(/^Archive people/);
    expect(Object.entries(scopes).filter(([, description]) => description === '')).toEqual([]);
  });

  it('tells what entries of bundles can ask for', () => {
    const { description } = document.paths['/$batch'].post;
    expect(description).toContain('- Individual: GET');
    expect(description).toContain('DELETE (archives) `individual:delete`');
    const [{ properties }] = document.components.schemas.BundleEntry.properties.request.anyOf;
    expect(properties.method.enum).toEqual(['GET', 'POST', 'PUT', 'DELETE']);
    expect(properties.url.description).toContain('or percent-encoded');
  });

  it('is held by what methods answer', async () => {
    await t.send('POST', '/Individual', { body: person('D-1') });
    await t.send('POST', '/Group', { body: household('D-G') });
    const entity = { reference: `Individual/${nationalId('D-1')}` };
    const group = '/Group/urn%3Aopenspp%3Avocab%3Aid-type%23household_id%7CD-G';
    const added = await t.send('POST', `${group}/$add-member`, { body: { entity } });
    expect([added.status, added.body.type]).toEqual([201, 'GroupMember']);
    const history = await t.send('GET', `${group}/membership-history`);
    expect(history.body.data).toMatchObject([{ action: 'added' }]);
  });

  it('words refusals so that they help', async () => {
    const refusal = async (path: string) => (await t.send('GET', path)).body.detail;
    expect(await refusal('/Individual?fisher.boatCount=many')).toBe(
      'The parameter fisher.boatCount must be a whole number.',
    );
    expect(await refusal('/Group?type=herd')).toMatch(/^The parameter type must be one of household, /);
    const entries = [
      { request: { method: 'POST', url: '' }, resource: { name: 'x' } },
      { request: { method: 'GET', url: 'Individual' } },
    ];
    const { body } = await t.send('POST', '/$batch', { body: { type: 'batch', entry: entries } });
    const texts = body.entry.map((each: Looked) => each.resource.issue[0].diagnostics);
    expect(texts[0]).toBe(
      'The type of the entry is missing; bundles serve Individual, Group, Program and ProgramMembership.',
    );
    expect(texts[1]).toContain('of the types Individual, Group, Program and ProgramMembership.');
    const patched = await t.send('PATCH', `/Individual/${encodeURIComponent(nationalId('D-1'))}`, {
      body: { name: 'Ada' },
    });
    expect(patched.body.detail[0].msg).toBe('This must be an object or null.');
  });
});
