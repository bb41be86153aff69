import {
  type AuthenticationRequest,
  type AuthenticationStrategy,
  createServices,
  type RequestHead,
  type RequestPrincipal,
  SallyportError,
  type Services,
} from '@sallyport/core';

/** A part of a request by which a caller is recognised, or is not. */
export interface Credentials {
  /** Lower-case names. Each value is a secret that no error may show, but for the word of its scheme. */
  readonly headers: Readonly<Record<string, string>>;
  /** The resource that the call is about, where the strategy looks at it. */
  readonly resource?: string;
}

/** A strategy that is ready to be asked. */
export interface OpenedStrategy {
  readonly strategy: AuthenticationStrategy;
  /** What lets a caller in. For a strategy that opens an API to those without credentials: no headers. */
  readonly good: Credentials;
  /** What is refused, by what is wrong with it: of another, expired, revoked, altered. */
  readonly bad: Readonly<Record<string, Credentials>>;
  /** A call that shows nothing; for a strategy that opens resources: a call to one that is closed. */
  readonly none?: Credentials;
  /** The time of calls; this moment when absent. */
  readonly now?: Date;
  /** The services of the API, where the strategy looks into them at each call. */
  readonly services?: Services;
  close?(): void | Promise<void>;
}

/** What a strategy has made of a call. */
export type Told =
  | { readonly principal: RequestPrincipal | undefined }
  | { readonly error: SallyportError }
  /** Anything else that was thrown: the road would answer 500. */
  | { readonly thrown: unknown };

/** Asks a strategy as the road does. */
export async function askStrategy(
  { strategy, now = new Date(), services = createServices() }: OpenedStrategy,
  credentials: Credentials,
  change: Partial<RequestHead> = {},
): Promise<Told> {
  const request: AuthenticationRequest = Object.freeze({
    head: headOf(credentials.headers, change),
    resource: credentials.resource,
    now,
    services,
  });
  try {
    return { principal: await strategy.authenticate(request) };
  } catch (thrown) {
    return thrown instanceof SallyportError ? { error: thrown } : { thrown };
  }
}

/** A head as the core makes it: headers without a prototype. Frozen, so that nobody changes it for those who follow. */
export function headOf(headers: Readonly<Record<string, string>>, change: Partial<RequestHead> = {}): RequestHead {
  return Object.freeze({
    method: 'GET',
    path: '/things',
    query: [],
    rawQuery: '',
    headers: Object.freeze(Object.assign(Object.create(null), headers) as Record<string, string>),
    clientAddress: '192.0.2.7',
    secure: true,
    ...change,
  });
}

/** The secrets in credentials: what stands behind the word of a scheme, and each half of a pair. */
export function secretsOf({ headers }: Credentials): readonly string[] {
  return Object.values(headers)
    .flatMap((value) => value.split(/[\s,;]+/))
    .flatMap((part) => [part, part.replace(/^[^=]*=/, '')])
    .filter((part) => part.length >= 8);
}
