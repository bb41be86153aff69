import {
  checkAtStart,
  limiterKey,
  loggable,
  type PluginSetup,
  type RateLimiter,
  RateLimiterService,
  type RouteCall,
  SallyportError,
} from '@sallyport/core';
import { auditTrailOf } from '../audit/audit-trail.ts';
import type { AuthEvent } from '../audit/auth-event.ts';
import { type Refusal, refusalTeller } from '../audit/refusals.ts';
import { available } from '../lib/available.ts';
import { createMemoryRateLimiter } from '../limits/memory.ts';

import { type AccountRecord, type AccountStore, normaliseLogin } from './account.ts';
import { authenticateAccount } from './authenticate-account.ts';
import type { SessionCookie } from './cookie.ts';
import type { CsrfGuard } from './csrf.ts';
import { invalidCredentials, invalidSession } from './errors.ts';
import type { LiveSession, SessionKeeper } from './keeper.ts';
import { defaultLoginLimits, type LoginLimits, loginLimiter } from './login-limits.ts';
import type { PasswordHasher } from './passwords.ts';

/** What the routes of sessions are made of. */
export interface DeskParts {
  readonly name: string;
  readonly accounts: AccountStore;
  readonly passwords: PasswordHasher;
  readonly keeper: SessionKeeper;
  readonly cookie: SessionCookie;
  readonly csrf: CsrfGuard;
  readonly limits?: Partial<LoginLimits> | false;
  readonly limiter?: RateLimiter;
}

/** Where people log in and out, whatever the form of requests and answers. Its methods throw `unavailable`, too. */
export interface SessionDesk {
  /**
   * Opens a session of a new id; the one that the browser has had ends, and its id is never taken over.
   *
   * @throws SallyportError `cross_site_request`, `too_many_requests`, `invalid_credentials`
   */
  logIn(call: RouteCall, credentials: { readonly login: string; readonly password: string }): Promise<LiveSession>;
  /** @throws SallyportError `unauthenticated` without a cookie, `invalid_session`, `malformed_request` */
  current(call: RouteCall): Promise<LiveSession>;
  /** Ends the session of the request, if it has one that holds. @throws SallyportError as {@link CsrfGuard.check} does */
  logOut(call: RouteCall): Promise<void>;
}

/** The session of a request's cookie. @throws SallyportError `malformed_request`, `invalid_session`, `unavailable` */
export async function presentedSession(
  { cookie, keeper }: Pick<DeskParts, 'cookie' | 'keeper'>,
  header: string | undefined,
  now: Date,
): Promise<LiveSession | undefined> {
  const presented = cookie.read(header);
  if (presented.kind === 'none') return undefined;
  if (presented.kind === 'several') {
    throw severalCookies();
  }
  const live = await keeper.find(presented.value, now);
  if (live === undefined) throw invalidSession();
  return live;
}

const severalCookies = () =>
  new SallyportError('malformed_request', { detail: 'The cookie of the session was sent more than once.' });

/** @throws ConfigurationError for a limit that limits nothing */
export function sessionDesk(parts: DeskParts, { services, api }: PluginSetup): SessionDesk {
  const { name, accounts, passwords, keeper, cookie, csrf } = parts;
  const trail = auditTrailOf(services);
  const refusals = refusalTeller(services);
  const counting =
    parts.limiter ??
    (services.has(RateLimiterService) ? services.resolve(RateLimiterService) : createMemoryRateLimiter());
  checkAtStart(services, () => counting);
  const none = { requests: [], failures: [], accountFailures: [] };
  const limits = loginLimiter(
    name,
    parts.limits === false ? none : { ...defaultLoginLimits, ...parts.limits },
    counting,
  );

  const tell = (call: RouteCall, type: AuthEvent['type'], account: AccountRecord): Promise<void> =>
    available(() =>
      trail.record({
        type,
        outcome: 'done',
        at: call.now,
        api: api.name,
        requestId: call.id,
        network: limiterKey(call.head.clientAddress),
        by: name,
        accountId: account.id,
      }),
    );

  /** Tells of a refusal, or of what could not be judged. */
  const refused = async (call: RouteCall, error: unknown, account?: AccountRecord): Promise<never> => {
    const judged = error instanceof SallyportError && error.status < 500;
    const refusal: Refusal = {
      type: 'session.refused',
      outcome: judged ? 'refused' : 'failed',
      at: call.now,
      api: api.name,
      requestId: call.id,
      address: call.head.clientAddress,
      by: name,
      ...(judged ? { reason: error.code } : {}),
      ...(account === undefined ? {} : { accountId: account.id }),
    };
    await refusals.tell(refusal, call.log);
    throw error;
  };

  const judge = async (call: RouteCall, credentials: { login: string; password: string }): Promise<AccountRecord> => {
    const { head, now } = call;
    // In one spelling, so that another does not begin the count anew.
    const typed = normaliseLogin(credentials.login) ?? '';
    let known: AccountRecord | undefined;
    try {
      csrf.refuseOtherSites(head);
      await limits.admit(head.clientAddress, now);
      let accepted: AccountRecord | undefined;
      await limits.judge(head.clientAddress, typed, now, async () => {
        const judged = await authenticateAccount({ accounts, passwords }, credentials);
        known = judged.known;
        accepted = judged.accepted ? known : undefined;
        return accepted !== undefined;
      });
      if (accepted === undefined) throw invalidCredentials();
      return accepted;
    } catch (error) {
      return refused(call, error, known);
    }
  };

  /** Ends the session that the browser has had until now. */
  const replace = async (call: RouteCall): Promise<void> => {
    const presented = cookie.read(call.head.headers.cookie);
    if (presented.kind !== 'one') return;
    const old = await keeper.find(presented.value, call.now);
    await keeper.end(presented.value);
    if (old !== undefined) await tell(call, 'session.closed', old.account);
  };

  const upgrade = async (call: RouteCall, account: AccountRecord, password: string): Promise<void> => {
    const { id, passwordHash } = account;
    try {
      await accounts.recordLogin?.(id, call.now);
      if (passwordHash === undefined || accounts.upgradePassword === undefined) return;
      if (!passwords.outdated(passwordHash)) return;
      await accounts.upgradePassword(id, passwordHash, await passwords.hash(password));
      await tell(call, 'account.password-upgraded', account);
    } catch (error) {
      call.log.warn({ err: loggable(error) }, 'a login could not be recorded');
    }
  };

  return {
    async logIn(call, credentials) {
      const account = await judge(call, credentials);
      const live = await keeper.open(account, call.now);
      // The id leaves only after this: a login that cannot be told of has not happened.
      await tell(call, 'session.opened', account);
      await replace(call);
      await upgrade(call, account, credentials.password);
      return live;
    },
    async current({ head, now }) {
      const live = await presentedSession(parts, head.headers.cookie, now);
      if (live === undefined) throw new SallyportError('unauthenticated', { detail: 'Log in.' });
      return keeper.used(live, now);
    },
    async logOut(call) {
      const { head, now } = call;
      // A page of another site must not even take the cookie away.
      csrf.refuseOtherSites(head);
      const presented = cookie.read(head.headers.cookie);
      if (presented.kind === 'several') throw severalCookies();
      const live = presented.kind === 'one' ? await keeper.find(presented.value, now) : undefined;
      if (live === undefined) return;
      try {
        csrf.check(head, live.id);
      } catch (error) {
        await refused(call, error, live.account);
      }
      // Told of when it is done: a trail that is away keeps nobody logged in.
      await keeper.end(live.id);
      await tell(call, 'session.closed', live.account);
    },
  };
}
