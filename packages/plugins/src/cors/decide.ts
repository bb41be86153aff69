import corsPackage from 'cors';
import type { ReadyCorsOptions } from './options.ts';

/** What a decision depends on. */
export interface CorsQuestion {
  readonly kind: 'preflight' | 'actual';
  readonly origin: string | undefined;
  /** Methods to offer in a preflight. */
  readonly methods: readonly string[];
}

/** The headers that a response gets, lower-case names, `vary` not among them. Empty: the origin gets nothing. */
export type CorsDecision = (question: CorsQuestion) => Readonly<Record<string, string>>;

interface DrivenRequest {
  readonly method: string;
  readonly headers: { readonly origin?: string };
  readonly methods: readonly string[];
}

/**
 * Lets the npm package `cors` decide, as the connect middleware that it is: it is handed a request with no more than it
 * looks at, and a response that collects headers. It calls back before it returns, as nothing here is asynchronous.
 */
export function corsDecision(options: ReadyCorsOptions): CorsDecision {
  const { origins } = options;
  const fixed: corsPackage.CorsOptions = {
    origin: originOption(origins),
    allowedHeaders: [...options.headers],
    exposedHeaders: [...options.exposedHeaders],
    credentials: options.credentials,
    maxAge: options.maxAge,
  };
  const middleware = corsPackage<DrivenRequest>((request, answer) => {
    answer(null, { ...fixed, methods: [...request.methods] });
  });

  return ({ kind, origin, methods }) => {
    // An expression would be tried on the text "undefined", and a loose one would let every sandboxed frame in.
    if (origins !== '*' && (origin === undefined || (origin === 'null' && !options.allowsNull))) return {};
    const headers: Record<string, string> = {};
    const response = {
      getHeader: (name: string) => headers[name.toLowerCase()],
      setHeader(name: string, value: string) {
        headers[name.toLowerCase()] = value;
      },
      end() {},
    };
    const request = {
      method: kind === 'preflight' ? 'OPTIONS' : 'GET',
      headers: origin === undefined ? {} : { origin },
    };
    middleware({ ...request, methods }, response, (fault?: unknown) => {
      if (fault !== undefined && fault !== null) throw fault;
    });
    if (headers['access-control-allow-origin'] === undefined) return {};
    const { vary: _, 'content-length': __, ...decided } = headers;
    return decided;
  };
}

function originOption(origins: ReadyCorsOptions['origins']): NonNullable<corsPackage.CorsOptions['origin']> {
  if (origins === '*') return '*';
  if (typeof origins !== 'function') return [...origins];
  return (origin, answer) => answer(null, origin !== undefined && origins(origin) === true);
}
