import type { MikroORM } from '@mikro-orm/core';
import {
  apiError,
  authAudit,
  bearer,
  changeFeed,
  clients,
  createClientStore,
  createSqlChangeFeed,
  createTokenStore,
  type HmacAlgorithm,
  jwtTokens,
  opaqueTokens,
  publicAccount,
  sessions,
  type TokenEndpointOptions,
  tokenEndpoint,
} from '@sallyport/auth';
import { type Api, type ApiOptions, createApi, standardQuery } from '@sallyport/core';
import { hashids, jsonRpc, secureApiRepresentation } from '@sallyport/plugins';
import { guest, hasherOf } from './database/open.ts';
import { peopleOf } from './people.ts';
import { resources, scopes } from './resources/index.ts';
import type { Secrets } from './secrets.ts';

export interface PartnersOptions extends Pick<ApiOptions, 'logger' | 'services'> {
  readonly orm: MikroORM;
  readonly secrets: Secrets;
  readonly jwtAlgorithm?: HmacAlgorithm;
}

/** The API's name, which its tokens are for. */
export const apiName = 'partners';

/** The whole of Secure API: its wire format, its tokens, its query language, and the resources. */
export function createPartnersApi({ orm, secrets, jwtAlgorithm = 'HS256', ...rest }: PartnersOptions): Promise<Api> {
  const opaque = opaqueTokens({ store: createTokenStore(orm, { withClients: true }), lifetimeSeconds: 1800 });
  const jwt = jwtTokens({
    algorithm: jwtAlgorithm,
    key: secrets.jwt,
    issuer: 'urn:sallyport:partners',
    lifetimeSeconds: 1800,
  });
  const credentials: TokenEndpointOptions['credentials'] = {
    ways: ['basic', 'form', 'json', 'multipart'],
    absentGrantType: 'assume',
  };
  return createApi({
    ...rest,
    name: apiName,
    title: 'Partners',
    basePath: '/api',
    orm,
    resources,
    scopes,
    envelope: jsonRpc(),
    representation: secureApiRepresentation,
    query: standardQuery({
      orderStyle: 'words',
      parametersInBody: true,
      names: { cursor: undefined, expand: undefined, count: undefined },
    }),
    plugins: [
      hashids({ secret: secrets.hashids }),
      changeFeed(createSqlChangeFeed(orm)),
      authAudit(),
      clients({ store: createClientStore(orm), hasher: hasherOf(secrets) }),
      tokenEndpoint({ tokens: opaque, path: '/oauth2/token', credentials, errors: apiError }),
      tokenEndpoint({ tokens: jwt, path: '/jwt/token', name: 'jwt.token', credentials, errors: apiError }),
      bearer({ tokens: [opaque, jwt] }),
      sessions({ ...peopleOf(orm, secrets), routes: false }),
      // Countries are in public mode; all else is in user mode, as nobody opens it.
      publicAccount({ clientId: guest, resources: ['country'] }),
    ],
  });
}

/** Where people log in and out. Secure API has that outside of `/api`, so it is an API of its own, at the root. */
export function createPartnersLogin({ orm, secrets, ...rest }: Omit<PartnersOptions, 'jwtAlgorithm'>): Promise<Api> {
  return createApi({
    ...rest,
    name: 'partners.login',
    title: 'Partners: login',
    orm,
    resources: [],
    envelope: jsonRpc(),
    plugins: [sessions({ ...peopleOf(orm, secrets), strategy: false })],
  });
}
