import type { MikroORM } from '@mikro-orm/core';
import {
  type ChangeFeed,
  changeFeed,
  createClientAdmin,
  createClientStore,
  createRevocationStore,
  createTokenStore,
  jwtTokens,
  opaqueTokens,
  revocationEndpoint,
} from '../src/index.ts';
import { signingSecret } from './clients.ts';
import { hasher, oauthApi, type Person } from './oauth-api.ts';

export const tokenPaths = { opaque: '/oauth/token', jwt: '/oauth/token-1' } as const;

/**
 * An API over a database as each of several processes has it. Its clock stands still, so that nothing which it remembers
 * ever gets too old: only the feed can make it forget.
 */
export async function guardedProcess(orm: MikroORM, feed: ChangeFeed) {
  const store = createClientStore(orm);
  const admin = createClientAdmin(orm, store, hasher);
  const tokens = [
    opaqueTokens({ store: createTokenStore(orm, { withClients: true }) }),
    jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'tests', revocations: createRevocationStore(orm) }),
  ];
  const plugins = [changeFeed(feed), revocationEndpoint({ tokens, limits: false })];
  const { post, token, use, api } = await oauthApi({ orm, tokens, plugins, store });
  return {
    live: () => feed.live,
    token: (by: Person, kind: keyof typeof tokenPaths) => token(by, tokenPaths[kind]),
    use,
    async revoke(one: string, by: Person) {
      const { status, headers } = await post('/oauth/revoke', { token: one }, by);
      return { status, retryAfter: headers['retry-after'] };
    },
    grant: async (by: Person) => (await post('/oauth/token', { grant_type: 'client_credentials' }, by)).status,
    create: (): Promise<Person> => admin.create({ name: 'One', scopes: ['partner:read', 'partner:create'] }),
    disable: (by: Person) => admin.disable(by.clientId),
    async rotate(by: Person) {
      await admin.rotate(by.clientId);
    },
    narrow: (by: Person) => admin.setScopes(by.clientId, ['partner:create']),
    async close() {
      await api.close();
      await orm.close();
    },
  };
}

export type GuardedProcess = Awaited<ReturnType<typeof guardedProcess>>;
