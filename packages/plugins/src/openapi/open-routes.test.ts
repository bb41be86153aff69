import type { Api, AuthenticationStrategy, CallerPrincipal } from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from './document.ts';
import { type OpenShop, openShop, shopStrategies } from './fixtures/shop.ts';
import { openapi } from './plugin.ts';

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

/** An account that calls without credentials run as, as `publicAccount` has one. */
function account(resources: readonly string[], scopes: () => readonly string[]): AuthenticationStrategy {
  const opens = (resource: string | undefined) => resource !== undefined && resources.includes(resource);
  return {
    name: 'guest',
    opens,
    openScopes: () => new Set(scopes()),
    authenticate({ head, resource }): CallerPrincipal | undefined {
      if (head.headers.authorization !== undefined || !opens(resource)) return undefined;
      return {
        kind: 'client',
        id: 'guest',
        scopes: new Set(scopes()),
        strategy: 'guest',
        attributes: {},
        shared: true,
      };
    },
  };
}

const start = (resources: readonly string[], scopes: () => readonly string[]): Promise<Api> =>
  shop.another({
    auth: [...shopStrategies('/api/token'), account(resources, scopes)],
    plugins: [openapi()],
  });

type Security = readonly Readonly<Record<string, readonly string[]>>[];

/** What the document says of each operation: its method, an address for it that no record is at, and its requirements. */
function operationsOf(api: Api, version: '3.0' | '3.1') {
  const { paths } = openapiDocument(api.plan, { version });
  return Object.entries(paths as Readonly<Record<string, Readonly<Record<string, { security: Security }>>>>).flatMap(
    ([path, item]) =>
      Object.entries(item).map(([method, { security }]) => {
        return { method: method.toUpperCase(), path: `/api${path.replace('{key}', 'nobody')}`, security };
      }),
  );
}

/** Whether the road lets a call through to its operation, whatever that finds wrong with it then. */
async function isLetThrough(api: Api, method: string, path: string, token?: string): Promise<boolean> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const body = method === 'GET' ? {} : { body: { nothing: true } };
  const { status } = await call(api, method, path, { headers, ...body });
  return status !== 401 && status !== 403;
}

/** The callers that `shopStrategies` knows, and their scopes. */
const operations = ['search', 'read', 'create', 'update', 'replace', 'delete', 'reserve', 'tree'];
const callers: Readonly<Record<string, readonly string[]>> = {
  full: [...operations.map((name) => `article:${name}`), 'country:search', 'country:read'],
  poor: [],
};

describe.each<[string, readonly string[], readonly string[]]>([
  ['some of the scopes of one resource', ['article'], ['article:read', 'article:reserve']],
  ['a scope that is enough for everything', ['article'], ['article:all']],
  ['scopes of a resource that stays closed', ['country'], ['article:read', 'article:all']],
  ['scopes of all', ['article', 'country'], ['article:search', 'country:search']],
  ['no scopes', ['article', 'country'], []],
])('an API in public mode whose account has %s', (_, resources, scopes) => {
  let api: Api;
  beforeAll(async () => {
    api = await start(resources, () => scopes);
  });

  it.each(['3.0', '3.1'] as const)('says of callers without credentials in %s what the road says', async (version) => {
    for (const { method, path, security } of operationsOf(api, version)) {
      const open = security.length === 0 || security.some((each) => Object.keys(each).length === 0);
      expect([method, path, await isLetThrough(api, method, path)]).toEqual([method, path, open]);
    }
  });

  it('says of callers with credentials what the road says', async () => {
    for (const { method, path, security } of operationsOf(api, '3.1')) {
      for (const [token, held] of Object.entries(callers)) {
        const named = security.filter((each) => Object.keys(each).length > 0);
        const enough =
          security.length === 0 ||
          named.some((each) => Object.values(each).every((names) => names.every((name) => held.includes(name))));
        const through = await isLetThrough(api, method, path, token);
        expect([method, path, token, through]).toEqual([method, path, token, enough]);
      }
    }
  });
});

it('says in words that credentials are not needed, and what they need', async () => {
  const api = await start(['article'], () => ['article:search']);
  const { paths } = openapiDocument(api.plan);
  expect(paths?.['/article']?.get?.description).toBe(
    'Needs no credentials; with some, the scope `article:search` or `article:all`.',
  );
  expect(paths?.['/article']?.post?.description).toBe('Needs the scope `article:create` or `article:all`.');
});

it('is served as it is at the time: who is let in can change while the API runs', async () => {
  let scopes = ['article:search'];
  const api = await start(['article'], () => scopes);
  const served = async () => {
    const { body, headers } = await call(api, 'GET', '/api/openapi.json');
    const { paths } = body as { paths: Record<string, Record<string, { security: Security }>> };
    return { security: paths['/article']?.get?.security, etag: headers.etag };
  };
  const needed = [{ oauth2: ['article:search'] }, { oauth2: ['article:all'] }];
  const before = await served();
  expect(before.security).toEqual([...needed, {}]);
  scopes = [];
  const after = await served();
  expect(after.security).toEqual(needed);
  expect(after.etag).not.toBe(before.etag);
});
