import {
  ConfigurationError,
  checkAtStart,
  type Logger,
  LoggerService,
  loggable,
  type Outcome,
  type PluginSetup,
  type RateLimiter,
  RateLimiterService,
  type RouteCall,
  type RouteDefinition,
  SallyportError,
  type ServiceRegistry,
} from '@sallyport/core';
import { type AssertionAuthentication, authenticateAssertion } from '../assertions/authenticate-assertion.ts';
import { type AuthAuditTrail, auditTrailOf } from '../audit/audit-trail.ts';
import { type RefusalTeller, tellerOf } from '../audit/refusals.ts';
import { type AuthenticatedClient, authenticateClient } from '../clients/authenticate-client.ts';
import { type ClientStore, ClientStoreService } from '../clients/client.ts';
import { type SecretHasher, SecretHasherService } from '../clients/secret-hasher.ts';
import { givenChoice, givenTexts } from '../lib/given.ts';
import { holdBack } from '../lib/held-back.ts';
import { withHeaders } from '../lib/text.ts';
import { createMemoryRateLimiter } from '../limits/memory.ts';
import { type ClientAssertionOptions, connectAssertions } from './client-assertions.ts';
import { type CredentialOptions, readTokenRequest, type SecretTokenRequest, type TokenRequest } from './credentials.ts';
import { rememberCaller, tellRefusal } from './endpoint-events.ts';
import { faultHeaders, TokenFault, uncached } from './token-fault.ts';
import { defaultTokenLimits, type TokenLimits, type TokenRateLimit, tokenLimits } from './token-limits.ts';

/** What every endpoint takes that clients authenticate at: for tokens, their revocation, their introspection. */
export interface ClientEndpointOptions {
  /** Below the API's base path. */
  readonly path?: string;
  /** The name of plugin and route. An API with two endpoints of one kind names one of them. */
  readonly name?: string;
  /** How credentials may be sent; strictly by RFC 6749 when absent. */
  readonly credentials?: CredentialOptions;
  /**
   * What assertions are judged by; needed where `credentials.ways` has `assertion`, and there only. The store of used
   * assertions is the same one at all endpoints, of other APIs of the same issuer too.
   */
  readonly assertions?: ClientAssertionOptions;
  /** Default {@link defaultTokenLimits}; `false` for none (R17 then has to be met elsewhere). */
  readonly limits?: TokenRateLimit | readonly TokenRateLimit[] | false;
  /** Default: the service `RateLimiterService`, else one in memory that all endpoints of the API share. */
  readonly limiter?: RateLimiter;
  /** Default: the service `ClientStoreService`. */
  readonly clients?: ClientStore;
  /** Default: the service `SecretHasherService`. Not needed where assertions are the only way. */
  readonly hasher?: SecretHasher;
  /** Realm of the Basic challenge; the API's name when absent. */
  readonly realm?: string;
  /** Refuses requests that did not come over TLS (RFC 6749 section 3.2, R18); default false. */
  readonly requireTls?: boolean;
  /** Errors in the API's own envelope instead of OAuth's shape. Headers that the fault needs are added. */
  readonly errors?: (fault: TokenFault) => Error;
  /** For documents. */
  readonly tags?: readonly string[];
}

/** An endpoint at work in one API. */
export interface ClientEndpoint {
  readonly name: string;
  readonly clients: ClientStore;
  /** `undefined` where clients send no secrets. */
  readonly hasher: SecretHasher | undefined;
  /** `undefined` where clients send no assertions. */
  readonly assertions: AssertionAuthentication | undefined;
  readonly limits: TokenLimits;
  readonly realm: string;
  readonly options: ClientEndpointOptions;
  /** Is told of what the endpoint does; it does nothing that this does not take. */
  readonly audit: AuthAuditTrail;
  readonly refusals: RefusalTeller;
  readonly log: Logger | undefined;
}

/**
 * Finds what an endpoint needs. `place` names its function in errors of configuration.
 *
 * @throws ConfigurationError for limits without a number, a service that nobody registered, and as
 * {@link connectAssertions} does
 */
export function connectEndpoint(
  place: string,
  name: string,
  options: ClientEndpointOptions,
  { services, api }: PluginSetup,
): ClientEndpoint {
  const limits = options.limits === false ? [] : [options.limits ?? defaultTokenLimits].flat();
  const limiter = options.limiter ?? sharedLimiter(services);
  const { credentials, assertions } = options;
  checkWays(`${place}.credentials.ways`, credentials?.ways);
  const store = options.clients ?? services.resolve(ClientStoreService);
  checkAtStart(services, () => store);
  checkAtStart(services, () => limiter);
  const audit = auditTrailOf(services);
  const secrets = credentials?.ways?.every((way) => way === 'assertion') !== true;
  return {
    name,
    clients: store,
    hasher: secrets ? (options.hasher ?? services.resolve(SecretHasherService)) : undefined,
    assertions: connectAssertions(place, credentials, assertions, store, services),
    limits: tokenLimits(name, limits, limiter, `${place}.limits`),
    realm: options.realm ?? api.name,
    options,
    audit,
    refusals: tellerOf(audit),
    log: services.has(LoggerService) ? services.resolve(LoggerService) : undefined,
  };
}

const everyWay = ['basic', 'form', 'json', 'multipart', 'assertion'] as const;

/** @throws ConfigurationError for no way at all, or one that there is none of */
function checkWays(place: string, ways: readonly string[] | undefined): void {
  if (ways === undefined) return;
  for (const [index, way] of givenTexts(place, ways).entries()) givenChoice(`${place}[${index}]`, way, everyWay);
  if (ways.length === 0) throw new ConfigurationError(place, 'must name a way');
}

/** The API's limiter; one in memory becomes it where nobody has registered one. */
function sharedLimiter(services: ServiceRegistry): RateLimiter {
  if (!services.has(RateLimiterService)) services.register(RateLimiterService, () => createMemoryRateLimiter());
  return services.resolve(RateLimiterService);
}

/** How long those who are over a limit wait to be told so, and how many at a time. */
const overLimit = holdBack(250, 1000);
/** The same for those whose secret could not be hashed among all that are: whoever floods comes back the later. */
const noRoom = holdBack(1000, 1000);

/** What differs between the routes of endpoints. */
export type EndpointForm = Required<
  Pick<RouteDefinition, 'path' | 'body' | 'summary' | 'description' | 'responses'>
> & {
  /** @throws TokenFault for what the endpoint refuses */
  readonly run: (call: RouteCall) => Promise<Outcome>;
};

/** The route of an endpoint: POST alone, open to all, as it does its own authentication; faults become answers. */
export function endpointRoute(endpoint: ClientEndpoint, { run, ...form }: EndpointForm): RouteDefinition {
  const { errors, tags } = endpoint.options;
  return {
    ...form,
    // Whatever comes is counted.
    body: { ...form.body, unreadable: 'handed-over' },
    method: 'POST',
    name: endpoint.name,
    scope: 'public',
    envelope: errors === undefined ? 'none' : 'api',
    tags: tags ?? ['oauth'],
    handle: (call) => answered(call, endpoint, run),
  };
}

/** A request whose client has shown its secret, or proven its key. */
export interface AuthenticatedRequest extends AuthenticatedClient {
  readonly request: TokenRequest;
}

/**
 * Reads a request, counts it and authenticates its client (RFC 6749 section 2.3), in the same steps at every endpoint.
 * `examine` judges what does not depend on the client, before its secret or assertion is looked at.
 *
 * @throws TokenFault `tls_required`, `request_malformed`, `credentials_missing`, `credentials_invalid`,
 * `too_many_requests`, and what `examine` throws; SallyportError `unavailable` when a store does not answer
 */
export async function authenticateRequest(
  call: RouteCall,
  endpoint: ClientEndpoint,
  examine: (request: TokenRequest) => void = () => {},
): Promise<AuthenticatedRequest> {
  const { head, now } = call;
  const request = await readRequest(call, endpoint);
  const attempt = await endpoint.limits.admit({ address: head.clientAddress, clientIds: namedClients(request), now });
  examine(request);
  let refused: string | undefined;
  const known = await attempt.judge(() =>
    authenticated(request, endpoint, now, (clientId) => {
      refused = clientId;
    }),
  );
  if (known === undefined) throw new TokenFault('credentials_invalid', { clientId: refused });
  rememberCaller(call, known.client);
  return { ...known, request };
}

/** Reads a request; one that cannot be read counts, too, and is told no more than that once there are too many. */
async function readRequest({ head, body, now }: RouteCall, { options, limits }: ClientEndpoint): Promise<TokenRequest> {
  try {
    if (options.requireTls && !head.secure) throw new TokenFault('tls_required');
    if (body.kind === 'unreadable') throw body.error;
    return await readTokenRequest(head.headers.authorization, body, options.credentials);
  } catch (error) {
    await limits.countUnread({ address: head.clientAddress, now });
    throw error;
  }
}

/** Whom guesses are counted for: the client that the request names, by both ids where its encoding is not known. */
function namedClients({ clientId, ...request }: TokenRequest): readonly string[] {
  const decoded = request.assertion === undefined ? request.decoded?.clientId : undefined;
  return [...new Set([clientId, decoded].filter((id) => id !== undefined))];
}

async function authenticated(
  request: TokenRequest,
  endpoint: ClientEndpoint,
  now: Date,
  refused: (clientId: string) => void,
): Promise<AuthenticatedClient | undefined> {
  if (request.assertion === undefined) {
    return (
      (await bySecret(request, endpoint, now, refused)) ??
      (request.decoded === undefined ? undefined : await bySecret(request.decoded, endpoint, now, refused))
    );
  }
  const { assertions } = endpoint;
  const { clientId, assertion } = request;
  return assertions && authenticateAssertion(assertions, { clientId, assertion: assertion.reveal() }, now);
}

async function bySecret(
  { clientId, secret }: Pick<SecretTokenRequest, 'clientId' | 'secret'>,
  { clients: store, hasher, audit, log }: ClientEndpoint,
  now: Date,
  refused: (clientId: string) => void,
): Promise<AuthenticatedClient | undefined> {
  return (
    hasher && authenticateClient({ store, hasher, audit, log, refused }, { clientId, secret: secret.reveal() }, now)
  );
}

/** A JSON answer that no cache keeps (R13). */
export function rawJson(status: number, body: object, headers: Readonly<Record<string, string>> = uncached): Outcome {
  return {
    kind: 'raw',
    status,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  };
}

async function answered(call: RouteCall, endpoint: ClientEndpoint, run: EndpointForm['run']): Promise<Outcome> {
  try {
    return await run(call);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    if (fault.status >= 500) call.log.error({ err: loggable(fault.cause) }, fault.description);
    // Refused it is in any case: nobody waits for the trail.
    void tellRefusal(call, endpoint, fault);
    if (fault.code === 'too_many_requests') await overLimit.wait();
    // A store that is away has a cause of its own.
    else if (fault.code === 'unavailable' && fault.cause instanceof SallyportError) await noRoom.wait();
    const headers = faultHeaders(fault, endpoint.realm, call.head.headers.authorization !== undefined);
    if (endpoint.options.errors !== undefined) throw withHeaders(endpoint.options.errors(fault), headers);
    return rawJson(fault.status, { error: fault.error, error_description: fault.description }, headers);
  }
}

/** The fault behind an error; `undefined` for what is none of an endpoint's. */
function faultOf(error: unknown): TokenFault | undefined {
  if (error instanceof TokenFault) return error;
  if (!(error instanceof SallyportError) || error.code !== 'unavailable') return undefined;
  return new TokenFault('unavailable', { cause: error.cause ?? error, retryAfterSeconds: 5 });
}
