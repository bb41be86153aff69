import type { MikroORM } from '@mikro-orm/core';
import {
  type Api,
  ClockService,
  createApi,
  definePlugin,
  type Logger,
  type Plugin,
  type RequestHandler,
  type RouteDefinition,
  silentLogger,
} from '@sallyport/core';
import { call, type TestResponse } from '@sallyport/core/testing';
import {
  type AccountAdmin,
  type AccountStore,
  AuthAccount,
  AuthAuditService,
  AuthSession,
  createAccountAdmin,
  createAccountStore,
  createMemoryRateLimiter,
  createPasswordHasher,
  createSessionStore,
  memoryAuditTrail,
  type SessionStore,
  type SessionsOptions,
  sessions,
} from '../src/index.ts';
import { start } from './calls.ts';

export const sessionEntities = [AuthAccount, AuthSession];
export const passwords = createPasswordHasher({ concurrency: 2 });
export const password = 'correct horse battery staple';

/** A client with a cookie jar, as curl is one with `-b jar -c jar`. */
export interface Jar {
  readonly cookies: Map<string, string>;
  ask(method: string, path: string, request?: JarRequest): Promise<TestResponse>;
  logIn(login?: string, password?: string, request?: JarRequest): Promise<TestResponse>;
  /** The CSRF token of the last login. */
  readonly csrf: { token: string };
}

export interface JarRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function jarOf(api: () => RequestHandler): Jar {
  const cookies = new Map<string, string>();
  const csrf = { token: '' };
  const ask: Jar['ask'] = async (method, path, { headers = {}, body } = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = { ...(cookie === '' ? {} : { cookie }), ...headers };
    const response = await call(api(), method, path, { headers: sent, body });
    const given = response.headers['set-cookie'];
    if (typeof given === 'string') {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(given) ?? [];
      if (/;\s*max-age=0/i.test(given)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  return {
    cookies,
    csrf,
    ask,
    async logIn(login = 'ada', secret = password, { headers = {} } = {}) {
      const response = await ask('POST', '/session/login', { headers, body: { login, password: secret } });
      csrf.token = (response.body as { csrfToken?: string } | undefined)?.csrfToken ?? '';
      return response;
    },
  };
}

export interface SessionWorld {
  readonly api: Api;
  readonly clock: { now: Date };
  readonly admin: AccountAdmin;
  readonly accounts: AccountStore;
  readonly store: SessionStore;
  readonly trail: ReturnType<typeof memoryAuditTrail>;
  jar(): Jar;
}

export interface SessionWorldOptions extends Partial<Omit<SessionsOptions, 'accounts' | 'store'>> {
  readonly logger?: Logger;
  readonly plugins?: readonly Plugin[];
  readonly accountsOf?: (own: AccountStore) => AccountStore;
  readonly storeOf?: (own: SessionStore) => SessionStore;
}

/** An API with sessions, and routes that tell who calls. */
export async function sessionWorld(orm: MikroORM, options: SessionWorldOptions = {}): Promise<SessionWorld> {
  const { logger = silentLogger, plugins = [], accountsOf, storeOf, ...change } = options;
  const clock = { now: start };
  const trail = memoryAuditTrail();
  const ownAccounts = createAccountStore(orm);
  const ownStore = createSessionStore(orm, { withAccounts: accountsOf === undefined });
  const accounts = accountsOf?.(ownAccounts) ?? ownAccounts;
  const store = storeOf?.(ownStore) ?? ownStore;
  const api = await createApi({
    name: 'shop',
    orm,
    resources: [],
    plugins: [
      sessions({
        accounts,
        store,
        passwords,
        limiter: createMemoryRateLimiter({ window: 'sliding' }),
        ...change,
      }),
      whoCalls,
      ...plugins,
    ],
    logger,
    trustedProxies: ['127.0.0.1'],
    services: (services) => {
      services.register(ClockService, () => ({ now: () => clock.now }));
      services.register(AuthAuditService, () => trail);
    },
  });
  const admin = createAccountAdmin(orm, {
    passwords,
    sessions: ownStore,
    trail,
    actor: 'operator',
    clock: { now: () => clock.now },
  });
  return { api, clock, admin, accounts, store, trail, jar: () => jarOf(() => api) };
}

const who = (method: RouteDefinition['method']): RouteDefinition => ({
  method,
  path: '/who',
  name: `test.who.${method}`,
  scope: ['see'],
  ...(method === 'GET' || method === 'DELETE' ? {} : { body: { kinds: ['any'] } }),
  handle: ({ principal }) => ({
    kind: 'value',
    status: 200,
    value: 'scopes' in principal ? { ...principal, scopes: [...principal.scopes] } : principal,
  }),
});

const whoCalls = definePlugin({
  name: 'test.who',
  routes: () => [who('GET'), who('POST'), who('PUT'), who('DELETE')],
});

/** What an answer says, without what differs between two calls: the id of the request. */
export function said({ status, headers, text }: TestResponse): unknown {
  const { 'x-request-id': _id, ...rest } = headers;
  return { status, headers: rest, text: text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id') };
}
