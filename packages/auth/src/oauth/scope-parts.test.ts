import { createApi, definePlugin, defineScopes, silentLogger } from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { formType } from '../../test-support/calls.ts';
import { signingSecret, testClient } from '../../test-support/clients.ts';
import { ormOfFile } from '../../test-support/databases.ts';
import { basicOf, hasher } from '../../test-support/oauth-api.ts';
import {
  bearer,
  type ClientRecord,
  clients,
  createMemoryClientStore,
  createMemoryTokenStore,
  introspectionEndpoint,
  jwtTokens,
  opaqueTokens,
  type TokenKind,
  tokenEndpoint,
} from '../index.ts';

const database = ormOfFile();

const vocabulary = defineScopes({
  actions: ['search', 'read', 'update', 'all'],
  includes: { read: ['search'], all: 'every' },
  resources: ['partner', 'tag'],
  others: ['introspect'],
  aliases: { clerk: ['partner:read', 'tag:search'], warden: ['introspect', 'clerk'] },
});

const reader = testClient(hasher, { clientId: 'reader' });
const server = testClient(hasher, { clientId: 'server', scopes: ['warden'] });

/** Routes that need `partner:search`, `partner:read` and `tag:search`. */
const routes = definePlugin({
  name: 'test.routes',
  routes: () =>
    [['partner:search'], ['partner:read'], ['tag:search']].map(([scope = '']) => ({
      method: 'GET',
      path: `/${scope.replace(':', '/')}`,
      name: `test.${scope}`,
      scope,
      handle: () => ({ kind: 'value', status: 200, value: {} }),
    })),
});

const kinds: readonly (readonly [string, () => TokenKind])[] = [
  ['opaque', () => opaqueTokens({ store: createMemoryTokenStore() })],
  ['JWT', () => jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'https://id.test' })],
];

describe.each(kinds)('parts of scopes in %s tokens', (_, kind) => {
  /** An API where the reader is as `change` says. */
  async function arrange(change: Partial<ClientRecord>) {
    const store = createMemoryClientStore([{ ...reader.client, ...change }, server.client]);
    const tokens = kind();
    const api = await createApi({
      orm: database(),
      resources: [],
      plugins: [
        clients({ store, hasher }),
        tokenEndpoint({ tokens }),
        introspectionEndpoint({ tokens: [tokens], scope: 'introspect' }),
        bearer({ tokens: [tokens] }),
        routes,
      ],
      scopes: vocabulary,
      logger: silentLogger,
    });
    const post = async (path: string, by: typeof reader, fields: Readonly<Record<string, string>>) => {
      const headers = { 'content-type': formType, authorization: basicOf(by) };
      const { body } = await call(api, 'POST', path, { headers, body: new URLSearchParams(fields).toString() });
      return body as Readonly<Record<string, string>>;
    };
    const ask = (scope: string) => post('/oauth/token', reader, { grant_type: 'client_credentials', scope });
    return {
      ask,
      /** A token for some scopes, which must be granted as they are. */
      async token(scope: string): Promise<string> {
        const { access_token: token = '', ...told } = await ask(scope);
        expect(told.scope).toBe(scope);
        return token;
      },
      async use(token: string): Promise<number[]> {
        const headers = { authorization: `Bearer ${token}` };
        const paths = ['/partner/search', '/partner/read', '/tag/search'];
        return Promise.all(paths.map(async (path) => (await call(api, 'GET', path, { headers })).status));
      },
      look: (token: string, by = reader) => post('/oauth/introspect', by, { token }),
      change: (next: Partial<ClientRecord>) => store.set({ ...reader.client, ...next }),
    };
  }

  it.each([
    ['an alias', ['clerk'], 'partner:read', [200, 200, 403]],
    ['a part of a part of it', ['warden'], 'partner:search tag:search', [200, 403, 200]],
    ['an alias within another', ['warden'], 'clerk', [200, 200, 200]],
    ['an including scope', ['partner:all'], 'partner:read', [200, 200, 403]],
    ['several scopes', ['partner:read', 'tag:all'], 'clerk', [200, 200, 200]],
  ])('R11: are granted and good for what they say, out of %s', async (_name, scopes, asked, statuses) => {
    const { token, use, look } = await arrange({ scopes });
    const granted = await token(asked);
    expect(await use(granted)).toEqual(statuses);
    expect(await look(granted)).toMatchObject({ active: true, scope: asked });
  });

  it('R11: are refused where nothing that the client holds stands for them', async () => {
    const { ask } = await arrange({ scopes: ['clerk', 'unheard-of'] });
    const wanting = [
      'partner:update',
      'partner:all',
      'warden',
      'partner:read partner:update',
      'nothing',
      'unheard',
      '*',
    ];
    for (const scope of wanting) expect((await ask(scope)).error).toBe('invalid_scope');
    expect((await ask('unheard-of')).scope).toBe('unheard-of');
    expect((await ask('')).scope).toBe('clerk unheard-of');
  });

  it('R47: are lost with what stood for them, and come again with it', async () => {
    const { token, use, look, change } = await arrange({ scopes: ['clerk', 'partner:update'] });
    const part = await token('partner:read partner:update');
    expect(await use(part)).toEqual([200, 200, 403]);
    change({ scopes: ['partner:update'] });
    expect(await use(part)).toEqual([403, 403, 403]);
    expect(await look(part)).toMatchObject({ active: true, scope: 'partner:update' });
    change({ scopes: ['tag:all'] });
    expect(await look(part)).not.toHaveProperty('scope');
    change({ scopes: ['partner:all'] });
    expect(await use(part)).toEqual([200, 200, 403]);
    expect(await look(part)).toMatchObject({ scope: 'partner:read partner:update' });
  });

  it('R47: are those of the scopes that the client has at the API', async () => {
    const { ask, token, use, change } = await arrange({
      scopes: ['partner:all'],
      apis: { api: { scopes: ['clerk'] } },
    });
    const part = await token('partner:read');
    expect((await ask('partner:update')).error).toBe('invalid_scope');
    change({ scopes: ['partner:all'], apis: { api: { scopes: ['tag:all'] } } });
    expect(await use(part)).toEqual([403, 403, 403]);
  });

  it('are no way around the fields that a scope is limited to', async () => {
    const fieldLists = { clerk: ['name'] };
    const { ask, token, use, change } = await arrange({ scopes: ['clerk'], fieldLists });
    expect((await ask('partner:read')).error).toBe('invalid_scope');
    expect(await use(await token('clerk'))).toEqual([200, 200, 200]);
    change({ scopes: ['clerk', 'partner:all'], fieldLists });
    // What is not limited stands for its parts.
    const part = await token('partner:read');
    expect((await ask('tag:search')).error).toBe('invalid_scope');
    change({ scopes: ['clerk'] });
    expect(await use(part)).toEqual([200, 200, 403]);
    change({ scopes: ['clerk'], fieldLists });
    expect(await use(part)).toEqual([403, 403, 403]);
  });

  it('let a caller look into all tokens that holds the scope for it as a part', async () => {
    const { token, look, change } = await arrange({ scopes: ['clerk'] });
    const part = await token('tag:search');
    expect(await look(part, server)).toMatchObject({ active: true, scope: 'tag:search' });
    change({ scopes: ['clerk', 'partner:all'] });
    const own = await token('partner:all');
    expect(await look(own, server)).toMatchObject({ active: true, client_id: 'reader' });
  });
});

it('knows scopes by their names alone where the API has no vocabulary', async () => {
  const store = createMemoryClientStore([{ ...reader.client, scopes: ['partner:all'] }]);
  const tokens = opaqueTokens({ store: createMemoryTokenStore() });
  const plugins = [clients({ store, hasher }), tokenEndpoint({ tokens })];
  const api = await createApi({ orm: database(), resources: [], plugins, logger: silentLogger });
  const headers = { 'content-type': formType, authorization: basicOf(reader) };
  for (const [scope, status] of [
    ['partner:all', 200],
    ['partner:read', 400],
  ] as const) {
    const body = `grant_type=client_credentials&scope=${scope}`;
    expect((await call(api, 'POST', '/oauth/token', { headers, body })).status).toBe(status);
  }
});
