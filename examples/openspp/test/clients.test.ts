import { exclusively, silentLogger } from '@sallyport/core';
import { call } from '@sallyport/plugins/testing';
import { expect, it, vi } from 'vitest';
import { createOpenSpp } from '../src/app.ts';
import { openSppHasher } from '../src/authentication.ts';
import { ApiClient, Setting } from '../src/entities/index.ts';
import { readSettings } from '../src/settings.ts';
import { secretsOf } from '../src/start.ts';
import { type Answer, basePath, clientSecret, overEachDatabase } from '../testing/index.ts';

const [first, second] = ['K7d1mQxw0R5zTn9vUe3bYc8pHsLg2aJf', 'x4WvB9cE1nQ7rLk0sZ3tYg6uHdJm8aPf'];

overEachDatabase('clients and secrets', (t) => {
  const database = () => ({ orm: t.orm, exclusively: <T>(work: () => Promise<T>) => exclusively(t.orm, work) });
  const withSettings = async (environment: Record<string, string>) => {
    const settings = readSettings({ TOKEN_RATE_PER_MINUTE: '1000', TOKEN_RATE_PER_DAY: '1000', ...environment });
    const secrets = await secretsOf(database(), settings);
    return createOpenSpp({ orm: t.orm, settings, secrets, shared: false, logger: silentLogger });
  };
  const tokenFrom = async (environment: Record<string, string>, clientId: string): Promise<Answer> => {
    const api = await withSettings(environment);
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const answer: Answer = await call(api, 'POST', `${basePath}/oauth/token`, { body });
    await api.close();
    return answer;
  };

  it('4.1 secrets are salted and hashed; with a pepper the database alone is not enough to check them', async () => {
    const make = async (clientId: string, environment: Record<string, string>) => {
      await t.addClient(clientId, ['individual:read']);
      const hash = await openSppHasher(readSettings(environment).secretPeppers).import(clientSecret, 'openspp');
      await t.orm.em.fork().nativeUpdate(ApiClient, { clientId }, { secretHash: hash });
      return hash;
    };
    const statuses = async (environment: Record<string, string>) => {
      const found: number[] = [];
      for (const clientId of ['plain', 'first', 'second']) found.push((await tokenFrom(environment, clientId)).status);
      return found;
    };
    /** A secret gets the present pepper when it is used, behind the answer. */
    const moved = (clientId: string, to: string) =>
      vi.waitFor(
        async () => {
          const { secretHash } = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId });
          expect(secretHash.split('$')[2]).toBe(to);
        },
        { timeout: 30_000 },
      );
    expect(await make('plain', {})).toMatch(/^\$scrypt\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{86}==$/);
    const hashed = await make('first', { OPENSPP_SECRET_PEPPER: first });
    expect(hashed).toMatch(/^\$pepper\$[0-9a-f]{8}\$scrypt\$/);
    const rehashed = await make('second', { OPENSPP_SECRET_PEPPER: `${second},${first}` });
    const [firstId = '', secondId = ''] = [hashed, rehashed].map((hash) => hash.split('$')[2]);
    // Set, changed without the old one, changed with it, the old one no longer needed, taken away.
    expect(await statuses({ OPENSPP_SECRET_PEPPER: first })).toEqual([200, 200, 401]);
    await moved('plain', firstId);
    expect(await statuses({ OPENSPP_SECRET_PEPPER: second })).toEqual([401, 401, 200]);
    expect(await statuses({ OPENSPP_SECRET_PEPPER: `${second}, ${first}` })).toEqual([200, 200, 200]);
    await moved('plain', secondId);
    await moved('first', secondId);
    expect(await statuses({ OPENSPP_SECRET_PEPPER: second })).toEqual([200, 200, 200]);
    expect(await statuses({})).toEqual([401, 401, 401]);
    const settings = await t.orm.em.fork().find(Setting, {});
    for (const { value } of settings) expect([first, second]).not.toContain(value);
  });

  it('4.1 O1 (B-068) the type of a verified organisation does not change, that of another does', async () => {
    await t.addClient('typed', []);
    const change = (data: Partial<Pick<ApiClient, 'name' | 'organizationTypeVerified'>>, type?: string) =>
      t.orm.em.fork().transactional(async (em) => {
        const client = await em.findOneOrFail(ApiClient, { clientId: 'typed' });
        em.assign(client, { ...data, ...(type === undefined ? {} : { organizationType: type }) });
      });
    const type = async () => {
      const client = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'typed' });
      return [client.organizationType.code, client.name];
    };
    await change({}, 'un');
    expect(await type()).toEqual(['un', 'Client typed']);
    await change({ organizationTypeVerified: true });
    const locked = { code: 'organization_type_locked', message: expect.stringContaining('typed') };
    await expect(change({}, 'government')).rejects.toMatchObject(locked);
    // Nor in one step with taking the verification back.
    await expect(change({ organizationTypeVerified: false }, 'government')).rejects.toMatchObject(locked);
    await change({ name: 'Renamed' });
    expect(await type()).toEqual(['un', 'Renamed']);
  });
});
