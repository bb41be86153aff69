import {
  type AuthenticationStrategy,
  type CallerPrincipal,
  checkAtStart,
  definePlugin,
  type Plugin,
  type RateLimiter,
} from '@sallyport/core';

import { givenPart } from '../lib/given.ts';
import type { AccountStore } from './account.ts';
import { type SessionCookieOptions, sessionCookie } from './cookie.ts';
import { csrfGuard } from './csrf.ts';
import { type DeskParts, presentedSession, sessionDesk } from './desk.ts';
import { jsonForm, type SessionPaths, secureApiForm } from './forms.ts';
import { type SessionKeeperOptions, sessionKeeper } from './keeper.ts';
import type { LoginLimits } from './login-limits.ts';
import type { PasswordHasher } from './passwords.ts';
import { sessionRoutes } from './routes.ts';

export interface SessionsOptions extends SessionKeeperOptions {
  readonly accounts: AccountStore;
  readonly passwords: PasswordHasher;
  /**
   * `json` (default): `POST /session/login` with `{"login", "password"}`, `POST /session/logout`, `GET /session`.
   * `secureApi`: Secure API's `POST /web/session/authenticate`, `…/destroy` and `…/get_session_info`, for an API whose
   * envelope is `jsonRpc()`.
   */
  readonly form?: 'json' | 'secureApi';
  /** Instead of the form's own addresses. */
  readonly paths?: Partial<SessionPaths>;
  /** `false`: an API that takes the sessions of another one, and has no login. */
  readonly routes?: boolean;
  /** `false`: an API that has the login alone. */
  readonly strategy?: boolean;
  readonly cookie?: SessionCookieOptions;
  /** A cookie without `__Host-` and `Secure`, for development over plain HTTP. Never where people are. */
  readonly insecureCookie?: boolean;
  /**
   * Lets clients that are no browsers change things with the cookie alone: by JSON, or by another method than `POST`, and
   * with none of the headers that browsers add. Default: what the form needs, `true` for `secureApi`.
   */
  readonly cookieOnlyClients?: boolean;
  /** Origins besides the API's own whose pages may log in and use sessions: `https://app.example.org`. */
  readonly trustedOrigins?: readonly string[];
  /** Default `defaultLoginLimits`; `false` for none (guessing then has to be met elsewhere). */
  readonly limits?: Partial<LoginLimits> | false;
  /** Default: the service `RateLimiterService`, else one in memory. */
  readonly limiter?: RateLimiter;
  /** The name of strategy and plugin; default `auth.session`. */
  readonly name?: string;
  /** For documents. */
  readonly tags?: readonly string[];
}

/**
 * Sessions of people, by cookie: login, logout, and the strategy that recognises them (principals of kind `user`). Calls
 * with an `Authorization` header are never a session's: browsers add cookies whether they are meant or not, so what was
 * sent on purpose decides.
 *
 * @throws ConfigurationError for options out of range
 * @see docs/guides/sessions.md
 * @example sessions({ accounts: createAccountStore(orm), store: createSessionStore(orm), passwords })
 */
export function sessions(options: SessionsOptions): Plugin {
  const name = options.name ?? 'auth.session';
  const form = options.form === 'secureApi' ? secureApiForm : jsonForm;
  const cookie = sessionCookie(options.cookie ?? {}, options.insecureCookie ?? false);
  const parts: DeskParts = {
    name,
    accounts: givenPart('sessions.accounts', options.accounts, ['find']),
    passwords: givenPart('sessions.passwords', options.passwords, ['hash', 'verify']),
    keeper: sessionKeeper(options),
    cookie,
    csrf: csrfGuard({
      trustedOrigins: options.trustedOrigins ?? [],
      cookieOnlyClients: options.cookieOnlyClients ?? options.form === 'secureApi',
    }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.limiter === undefined ? {} : { limiter: options.limiter }),
  };
  return definePlugin({
    name,
    // A session that does not hold is refused, not let in as somebody else.
    before: ['auth.public'],
    services: ({ services }) => {
      checkAtStart(services, () => options.accounts);
      checkAtStart(services, () => options.store);
    },
    ...(options.strategy === false ? {} : { strategies: [sessionStrategy(parts)] }),
    routes: (plan, setup) => {
      if (options.routes === false) return [];
      const paths = { ...form.paths, ...options.paths };
      const { envelope } = plan;
      const tags = options.tags ?? ['session'];
      return sessionRoutes(sessionDesk(parts, setup), { name, form, paths, cookie, envelope, tags });
    },
    hooks: {
      onResponse: (response) => response.appendHeader('vary', 'Cookie'),
    },
  });
}

function sessionStrategy(parts: DeskParts): AuthenticationStrategy {
  const { name, cookie, csrf, keeper } = parts;
  return {
    name,
    scheme: {
      name: 'session',
      definition: {
        type: 'apiKey',
        in: 'cookie',
        name: cookie.name,
        description: 'Given by the login. What changes something has the CSRF token of the session in `X-CSRF-Token`.',
      },
    },
    carries: ({ headers }) => headers.authorization === undefined && cookie.read(headers.cookie).kind !== 'none',
    async authenticate({ head, now }) {
      if (head.headers.authorization !== undefined) return undefined;
      const live = await presentedSession(parts, head.headers.cookie, now);
      if (live === undefined) return undefined;
      csrf.check(head, live.id);
      const { account } = await keeper.used(live, now);
      const { id, scopes, attributes } = account;
      const principal: CallerPrincipal = { kind: 'user', id, scopes: new Set(scopes), strategy: name, attributes };
      return Object.freeze(principal);
    },
  };
}
