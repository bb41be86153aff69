import {
  type Api,
  ClockService,
  createApi,
  definePlugin,
  openDatabase,
  type Plugin,
  silentLogger,
} from '@sallyport/core';
import { call } from '@sallyport/core/testing';
import { AuthClient, bearer, clients, createMemoryClientStore, type TokenKind, tokenEndpoint } from '../src/index.ts';
import { basic, formType, start } from './calls.ts';
import { testClient, testHasher } from './clients.ts';

const hasher = testHasher();
export const caller = testClient(hasher);

let orm: ReturnType<typeof openDatabase> | undefined;

/** Closes the database that all APIs of a test file share. */
export async function closeGuardedApis(): Promise<void> {
  await (await orm)?.close();
}

export interface GuardedApi {
  readonly api: Api;
  /** Moves the API's clock. */
  set(now: Date): void;
  /** Status of a call with this token, and the `error` of the challenge. */
  judge(token: string): Promise<string>;
  /** A token from the token endpoint. */
  token(): Promise<string>;
}

/** A whole API: a token endpoint, and one route that wants `partner:read`. */
export async function guardedApi(tokens: TokenKind, plugins: readonly Plugin[] = []): Promise<GuardedApi> {
  orm ??= openDatabase({ entities: [AuthClient] });
  let now = start;
  const api = await createApi({
    name: 'api',
    orm: await orm,
    resources: [],
    plugins: [
      clients({ store: createMemoryClientStore([caller.client]), hasher }),
      tokenEndpoint({ tokens, limits: false }),
      bearer({ tokens: [tokens] }),
      guarded,
      ...plugins,
    ],
    logger: silentLogger,
    services: (services) => services.register(ClockService, () => ({ now: () => now })),
  });
  return {
    api,
    set: (time) => {
      now = time;
    },
    async judge(token) {
      const { status, headers } = await call(api, 'GET', '/guarded', { headers: { authorization: `Bearer ${token}` } });
      const error = /error="(\w+)"/.exec(String(headers['www-authenticate'] ?? ''))?.[1];
      return error === undefined ? String(status) : `${status} ${error}`;
    },
    async token() {
      const { body } = await call(api, 'POST', '/oauth/token', {
        headers: { authorization: basic(caller.clientId, caller.secret), 'content-type': formType },
        body: 'grant_type=client_credentials',
      });
      return String((body as { access_token?: string }).access_token);
    },
  };
}

const guarded = definePlugin({
  name: 'test.guarded',
  routes: () => [
    {
      method: 'GET',
      path: '/guarded',
      name: 'test.guarded',
      scope: ['partner:read'],
      handle: ({ principal }) => ({ kind: 'value', status: 200, value: { caller: principal } }),
    },
  ],
});
