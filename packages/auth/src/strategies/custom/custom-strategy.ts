import {
  type AuthenticationRequest,
  type AuthenticationStrategy,
  type CallerPrincipal,
  ConfigurationError,
  isFieldValue,
  isToken,
  type RequestHead,
  SallyportError,
} from '@sallyport/core';
import { inRange } from '../../lib/range.ts';
import { withHeaders } from '../../lib/text.ts';
import { within } from '../../lib/within.ts';
import { type CallerAnswer, guardedCaller } from '../caller-guard.ts';

/** What a function of the user's sees of a call. */
export interface CustomRequest extends AuthenticationRequest {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
}

export interface CustomStrategyOptions {
  /** Name of the strategy; on each of its principals, too. */
  readonly name: string;
  /**
   * Where its credentials stand: names of headers, any of which will do, or a function that tells whether a request
   * carries some, good or bad. Calls without them never reach `authenticate`.
   */
  readonly credentials: string | readonly string[] | ((head: RequestHead) => boolean);
  /**
   * Whom the credentials stand for; `undefined` refuses them. A `SallyportError` is answered as it is, everything else
   * that is thrown as 503, and shown to nobody.
   */
  readonly authenticate: (request: CustomRequest) => CallerAnswer | undefined | Promise<CallerAnswer | undefined>;
  /** The `WWW-Authenticate` of its refusals (RFC 9110 section 11.6.1); its name as a scheme when absent. */
  readonly challenge?: string;
  /** How documents describe it; without one they do not name it. */
  readonly scheme?: AuthenticationStrategy['scheme'];
  /** Longest wait for `authenticate`, 0.1 to 30 seconds; default 5. */
  readonly timeoutSeconds?: number;
}

/**
 * A strategy by a function of the user's, which is not trusted further than it must be: what it answers is copied,
 * checked and frozen, and is a client or a user whatever its shape (SECURITY 1.4); what it throws leaks nothing.
 *
 * @example customStrategy({ name: 'gateway', credentials: 'x-gateway-user', authenticate: ({ head }) => … })
 * @throws ConfigurationError for options that cannot be used
 * @see docs/guides/own-strategy.md
 */
export function customStrategy(options: CustomStrategyOptions): AuthenticationStrategy {
  const place = 'customStrategy';
  const { name, authenticate, scheme } = options;
  if (typeof name !== 'string' || !/^[A-Za-z0-9._-]{1,100}$/.test(name)) {
    throw new ConfigurationError(`${place}.name`, 'has 1 to 100 of A-Z a-z 0-9 . _ -');
  }
  if (typeof authenticate !== 'function') throw new ConfigurationError(`${place}.authenticate`, 'must be a function');
  const challenge = options.challenge ?? name;
  if (challenge === '' || !isFieldValue(challenge)) {
    throw new ConfigurationError(`${place}.challenge`, 'cannot be the value of a header');
  }
  const carries = carrierOf(`${place}.credentials`, options.credentials);
  const timeoutMs = 1000 * inRange(`${place}.timeoutSeconds`, options.timeoutSeconds ?? 5, 0.1, 30);
  const told = { 'WWW-Authenticate': challenge };

  return {
    name,
    ...(scheme === undefined ? { opens: () => false } : { scheme }),
    challenge,
    carries,
    async authenticate(request) {
      if (!carries(request.head)) return undefined;
      let answer: unknown;
      try {
        answer = await inTime(timeoutMs, (signal) => authenticate({ ...request, signal }));
      } catch (thrown) {
        throw refusalOf(thrown, told);
      }
      if (answer === undefined) throw new SallyportError('invalid_token', { detail: refused, headers: told });
      return principalOf(answer, name);
    },
  };
}

const refused = 'The credentials are not valid.';

function carrierOf(place: string, credentials: CustomStrategyOptions['credentials']): (head: RequestHead) => boolean {
  if (typeof credentials === 'function') return (head) => credentials(head) === true;
  // Whoever writes JavaScript may leave it out.
  const given: readonly unknown[] = [credentials].flat();
  const names = given.map((name) => (typeof name === 'string' ? name.toLowerCase() : ''));
  if (names.length === 0 || !names.every(isToken)) {
    throw new ConfigurationError(place, 'must be a function, or name the headers that credentials stand in');
  }
  return ({ headers }) => names.some((name) => (headers[name] ?? '') !== '');
}

/** What was thrown may quote the credentials: only errors of ours are meant to be shown. */
function refusalOf(thrown: unknown, told: Readonly<Record<string, string>>): Error {
  if (!(thrown instanceof SallyportError)) {
    return new SallyportError('unavailable', { cause: wordless(thrown), headers: { 'Retry-After': '5' } });
  }
  return thrown.status === 401 ? withHeaders(thrown, told) : thrown;
}

/** What kind of error it was and where it came from, without a word of what it says. */
function wordless(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error('authenticate threw what is no error');
  const cause = new Error(`authenticate threw ${thrown.constructor.name}`);
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  cause.stack = [String(cause), ...frames].join('\n');
  return cause;
}

function principalOf(answer: unknown, strategy: string): CallerPrincipal {
  try {
    return Object.freeze({ ...guardedCaller(answer), strategy });
  } catch (cause) {
    throw new SallyportError('internal', { cause });
  }
}

/** @throws SallyportError `unavailable` when the time is over, which the signal tells, too. */
async function inTime<T>(milliseconds: number, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const ending = new AbortController();
  return within(milliseconds, Promise.resolve(work(ending.signal)), () => {
    const late = new SallyportError('unavailable', {
      cause: new Error('authenticate took too long'),
      headers: { 'Retry-After': '5' },
    });
    ending.abort(late);
    return late;
  });
}
