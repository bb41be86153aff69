import {
  type Api,
  allOf,
  anyOf,
  definePlugin,
  defineScopes,
  type Scope,
  type ScopeTerm,
  type ScopeVocabulary,
} from '@sallyport/core';
import { call, tokenStrategy } from '@sallyport/core/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openapiDocument } from './document.ts';
import { type OpenShop, openShop } from './fixtures/shop.ts';

const names = ['r:read', 'r:update', 'r:all', 'r:write', 's:read'] as const;
const vocabulary = defineScopes({
  actions: ['read', 'update', 'all'],
  includes: { all: 'every' },
  resources: ['r', 's'],
  aliases: { 'r:write': ['r:read', 'r:update'] },
  descriptions: { 'r:all': 'Everything with r.' },
});

const { term } = fc.letrec<{ term: ScopeTerm }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...names),
    fc
      .tuple(fc.constantFrom(anyOf, allOf), fc.array(tie('term'), { minLength: 1, maxLength: 3 }))
      // As long as `minLength` says.
      .map(([join, of]) => join(...(of as [ScopeTerm, ...ScopeTerm[]]))),
  ),
}));
const declared: readonly Scope[] = [
  'r:read',
  ['r:read', 's:read'],
  allOf('r:read', 's:read'),
  anyOf(allOf('r:read', 'r:update'), 's:read'),
  ...fc.sample(term, { seed: 7, numRuns: 20 }),
];

const subsets: readonly (readonly string[])[] = Array.from({ length: 2 ** names.length }, (_, bits) =>
  names.filter((_name, index) => (bits >> index) % 2 === 1),
);
const tokenOf = (held: readonly string[]) => held.join('.') || 'none';

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

function start(scopes: ScopeVocabulary | undefined): Promise<Api> {
  const routes = definePlugin({
    name: 'test.scopes',
    routes: () =>
      declared.map((scope, index) => ({
        method: 'GET' as const,
        path: `/s/${index}`,
        name: `s.${index}`,
        scope,
        handle: () => ({ kind: 'value' as const, status: 200, value: {} }),
      })),
  });
  const strategy = tokenStrategy(Object.fromEntries(subsets.map((held) => [tokenOf(held), { scopes: held }])));
  const flows = { clientCredentials: { tokenUrl: '/api/token', scopes: {} } };
  return shop.another({
    resources: [],
    plugins: [routes],
    auth: [{ ...strategy, scheme: { name: 'oauth2', definition: { type: 'oauth2', flows } } }],
    ...(scopes === undefined ? {} : { scopes }),
  });
}

/** What the specification says of `security`: one of the objects has to be met, each of them with all of its scopes. */
const satisfied = (security: readonly Readonly<Record<string, readonly string[]>>[], held: readonly string[]) =>
  security.some((each) => Object.values(each).every((scopes) => scopes.every((scope) => held.includes(scope))));

describe.each([
  ['without a vocabulary', undefined],
  ['with a vocabulary', vocabulary],
] as const)('scopes in the document, %s', (_, scopes) => {
  let api: Api;
  beforeAll(async () => {
    api = await start(scopes);
  });

  const operation = (index: number) => {
    const item = openapiDocument(api.plan).paths?.[`/s/${index}`]?.get;
    if (item?.security === undefined) throw new Error('every route is in the document');
    return { ...item, security: item.security };
  };

  it('say of every caller what the road says', async () => {
    for (const [index] of declared.entries()) {
      const { security } = operation(index);
      for (const held of subsets) {
        const headers = { authorization: `Bearer ${tokenOf(held)}` };
        const { status } = await call(api, 'GET', `/api/s/${index}`, { headers });
        expect([index, held, status]).toEqual([index, held, satisfied(security, held) ? 200 : 403]);
      }
    }
  });

  it('are all that a flow names', () => {
    const { securitySchemes } = openapiDocument(api.plan).components ?? {};
    const { oauth2 } = securitySchemes ?? {};
    if (oauth2 === undefined || !('flows' in oauth2)) throw new Error('the strategy describes a flow');
    const named = oauth2.flows?.clientCredentials?.scopes ?? {};
    const asked = new Set(
      declared.flatMap((_each, index) => operation(index).security.flatMap((one) => one.oauth2 ?? [])),
    );
    expect(Object.keys(named).sort()).toEqual([...asked].sort());
    expect(named['r:all']).toBe(scopes === undefined ? '' : 'Everything with r.');
  });
});

it('are told in words', async () => {
  const api = await start(undefined);
  const description = (index: number) => openapiDocument(api.plan).paths?.[`/s/${index}`]?.get?.description;
  expect([0, 1, 2, 3].map(description)).toEqual([
    'Needs the scope `r:read`.',
    'Needs the scope `r:read` or `s:read`.',
    'Needs the scopes `r:read` and `s:read`.',
    'Needs the scopes `r:read` and `r:update`, or `s:read`.',
  ]);
});

describe('schemes that are no OAuth2', () => {
  const read = { name: 'test.read', method: 'GET', path: '/read', scope: ['r:all'] } as const;
  const handle = () => ({ kind: 'value' as const, status: 200, value: {} });
  const readers = definePlugin({ name: 'test.readers', routes: () => [{ ...read, handle }] });
  const described = async (
    scheme: Readonly<Record<string, unknown>>,
    scopes: ScopeVocabulary | undefined,
    more = {},
  ) => {
    const auth = [{ ...tokenStrategy({}), scheme: { name: 'own', definition: scheme } }];
    const options = { resources: [], plugins: [readers], auth, ...(scopes === undefined ? {} : { scopes }) };
    const { plan } = await shop.another(options);
    return (['3.0', '3.1'] as const).map((version) => {
      const { components } = openapiDocument(plan, { version, ...more });
      return (components?.securitySchemes?.own as { description?: string } | undefined)?.description;
    });
  };
  const twice = (text: string | undefined) => [text, text];
  const bearer = { type: 'http', scheme: 'bearer' };

  it('tell what the scopes mean in their description, in every version', async () => {
    const text = 'Scopes:\n\n- `r:all`: Everything with r.';
    expect(await described(bearer, vocabulary)).toEqual(twice(text));
    expect(await described({ type: 'apiKey', in: 'header', name: 'X-Key' }, vocabulary)).toEqual(twice(text));
    const openId = { type: 'openIdConnect', openIdConnectUrl: 'https://id.test/.well-known/openid-configuration' };
    expect(await described(openId, vocabulary)).toEqual(twice(text));
    expect(await described({ ...bearer, description: 'Send a token.' }, vocabulary)).toEqual(
      twice(`Send a token.\n\n${text}`),
    );
  });

  it('list those without a description by name, and take the words of the options first', async () => {
    const all = defineScopes({ resources: ['r'], actions: ['all', 'read'], includes: { read: ['all'] } });
    const more = { scopes: { 'r:all': ' Everything,\n  really. ' } };
    expect(await described(bearer, all, more)).toEqual(twice('Scopes:\n\n- `r:all`: Everything, really.\n- `r:read`'));
  });

  it('stay as they are where nobody has described a scope', async () => {
    expect(await described(bearer, undefined)).toEqual(twice(undefined));
    const undescribed = defineScopes({ resources: ['r'], actions: ['all'] });
    expect(await described({ ...bearer, description: 'Send a token.' }, undescribed)).toEqual(twice('Send a token.'));
  });
});
