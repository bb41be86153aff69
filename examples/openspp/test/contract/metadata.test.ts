import { expect, it } from 'vitest';
import { overEveryServer } from '../../testing/index.ts';

overEveryServer('the capability statement', (t) => {
  const metadata = async () => (await t.send('GET', '/metadata', { as: null })).body;

  it('B-069 GET /metadata works without and with a token', async () => {
    const [without, with_] = [await t.send('GET', '/metadata', { as: null }), await t.send('GET', '/metadata')];
    expect([without.status, with_.status]).toEqual([200, 200]);
    expect(with_.body).toEqual(without.body);
    expect(without.body).toMatchObject({ name: 'OpenSPP API', version: '2.0.0', docs: '/api/v2/spp/docs' });
  });

  it('B-070 metadata lists the four resources with operations and searchParams in camelCase', async () => {
    const { resources } = await metadata();
    expect(Object.keys(resources)).toEqual(['Individual', 'Group', 'Program', 'ProgramMembership']);
    expect(resources.Individual).toEqual({
      operations: ['read', 'search', 'create', 'update', 'patch'],
      searchParams: [
        'identifier',
        'name',
        'birthdate',
        'gender',
        'address',
        'group',
        'membership-role',
        '_lastUpdated',
      ],
    });
    expect(resources.ProgramMembership.operations).toEqual(['read', 'search', 'create', 'update']);
    for (const each of Object.values<object>(resources))
      expect(Object.keys(each)).toEqual(['operations', 'searchParams']);
    // What is listed is there.
    for (const [name, { searchParams }] of Object.entries<{ searchParams: string[] }>(resources)) {
      for (const parameter of searchParams) {
        const { status } = await t.send('GET', `/${name}?${parameter}=%00`);
        expect([name, parameter, [200, 400, 422].includes(status)]).toEqual([name, parameter, true]);
      }
    }
  });

  it('B-071 metadata tells the token endpoint and the grant types', async () => {
    expect((await metadata()).authentication).toEqual({
      type: 'oauth2',
      tokenEndpoint: '/api/v2/spp/oauth/token',
      grantTypes: ['client_credentials'],
    });
  });

  it('B-073 metadata lists create and update for Program', async () => {
    const { operations } = (await metadata()).resources.Program;
    expect(operations).toEqual(['read', 'search', 'create', 'update', 'patch']);
  });
});
