import { ConfigurationError, isToken, knownOptions, type OptionNames } from '@sallyport/core';

/** Which origins may read answers: their serialisation (RFC 6454 section 6.2), or what matches the whole of it. */
export type OriginRule = string | RegExp;

export interface CorsOptions {
  /**
   * `'*'`, a list, or a function of the `Origin` header. Regular expressions must match all of the origin, so that
   * `/.*\.example\.org/` does not let `https://a.example.org.evil.test` in. The origin `null` (sandboxed frames, files)
   * is accepted only when a list names it. A function that throws allows nobody.
   */
  readonly origins: '*' | readonly OriginRule[] | ((origin: string) => boolean);
  /** Methods that other origins may use, as far as the address has them. Default: all that it has. */
  readonly methods?: readonly string[];
  /**
   * Request headers that they may send, besides those that browsers always may. Default: `Authorization`,
   * `Content-Type`, `If-Match`, `If-None-Match`, `Idempotency-Key` and `X-Request-Id`.
   */
  readonly headers?: readonly string[];
  /**
   * Response headers that they may read, besides `WWW-Authenticate`, `ETag`, `Location`, `X-Request-Id` and
   * `Retry-After`, which they always may.
   */
  readonly exposedHeaders?: readonly string[];
  /** Whether cookies go along. Not with `'*'`. Default false: tokens travel in a header. */
  readonly credentials?: boolean;
  /** Seconds for which a browser may keep the answer to a preflight. Default 600. */
  readonly maxAge?: number;
}

/** The options after checking, defaults filled in. */
export interface ReadyCorsOptions {
  readonly origins: '*' | readonly OriginRule[] | ((origin: string) => boolean);
  readonly allowsNull: boolean;
  readonly methods: ReadonlySet<string> | undefined;
  readonly headers: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly credentials: boolean;
  readonly maxAge: number;
}

const defaultHeaders = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'X-Request-Id',
] as const;
const alwaysExposed = ['WWW-Authenticate', 'ETag', 'Location', 'X-Request-Id', 'Retry-After'] as const;

/** An origin that nobody can have (RFC 2606), to tell expressions that match anything. */
const nobodysOrigin = 'https://nobody-has-this-name.invalid';

const names: OptionNames<CorsOptions> = {
  origins: true,
  methods: true,
  headers: true,
  exposedHeaders: true,
  credentials: true,
  maxAge: true,
};

/** @throws ConfigurationError for options that there are none of, that are unsafe, or that no browser would follow */
export function readyCorsOptions(options: CorsOptions): ReadyCorsOptions {
  knownOptions('plugins.cors', options, names);
  const {
    origins,
    methods,
    headers = defaultHeaders,
    exposedHeaders = [],
    credentials = false,
    maxAge = 600,
  } = options;
  if (credentials && origins === '*') {
    throw new ConfigurationError('plugins.cors.credentials', 'cookies cannot go to every origin; name the origins');
  }
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) {
    throw new ConfigurationError('plugins.cors.maxAge', 'a whole number of seconds is needed');
  }
  checkTokens('methods', methods ?? []);
  checkTokens('headers', headers);
  checkTokens('exposedHeaders', exposedHeaders);
  const ready = readyOrigins(origins);
  if (credentials && Array.isArray(ready) && ready.some((rule) => rule instanceof RegExp && rule.test(nobodysOrigin))) {
    throw new ConfigurationError(
      'plugins.cors.credentials',
      'an expression that matches every origin is the same as "*"',
    );
  }
  return {
    origins: ready,
    allowsNull: Array.isArray(ready) && ready.includes('null'),
    methods: methods && new Set(methods),
    headers,
    exposedHeaders: unrepeated([...alwaysExposed, ...exposedHeaders]),
    credentials,
    maxAge,
  };
}

function readyOrigins(origins: CorsOptions['origins']): ReadyCorsOptions['origins'] {
  if (origins === '*' || typeof origins === 'function') return origins;
  if (!Array.isArray(origins) || origins.length === 0) {
    throw new ConfigurationError('plugins.cors.origins', '"*", a list of origins or a function is needed');
  }
  return origins.map((origin: OriginRule, index) => {
    if (origin instanceof RegExp) return wholly(origin);
    if (!isOrigin(origin)) {
      throw new ConfigurationError(
        `plugins.cors.origins[${index}]`,
        `"${origin}" is not an origin as browsers send it: scheme, host and port, in small letters, no slash at its end`,
      );
    }
    return origin;
  });
}

/** The expression, made to match from end to end, and without the flags that give it a memory or other ends. */
function wholly(expression: RegExp): RegExp {
  return new RegExp(`^(?:${expression.source})$`, expression.flags.replace(/[gmy]/g, ''));
}

function isOrigin(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (text === 'null') return true;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/.test(text) || !URL.canParse(text)) return false;
  // Schemes that the URL standard does not know (capacitor://localhost) have no origin there.
  return !/^https?:/.test(text) || new URL(text).origin === text;
}

function checkTokens(option: 'methods' | 'headers' | 'exposedHeaders', names: readonly string[]): void {
  for (const name of names) {
    if (isToken(name) && name !== '*' && (option !== 'methods' || name === name.toUpperCase())) continue;
    throw new ConfigurationError(
      `plugins.cors.${option}`,
      `"${name}" cannot stand here; ${option === 'methods' ? 'methods' : 'headers'} are named one by one`,
    );
  }
}

function unrepeated(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => {
    const lower = name.toLowerCase();
    return seen.has(lower) ? false : seen.add(lower);
  });
}
