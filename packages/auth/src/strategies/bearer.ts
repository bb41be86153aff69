import {
  type AuthenticationRequest,
  type AuthenticationStrategy,
  type CallerPrincipal,
  ConfigurationError,
  definePlugin,
  type Plugin,
  SallyportError,
} from '@sallyport/core';
import { challenge, withHeaders } from '../lib/text.ts';
import type { TokenKind, TokenSetup, VerifiedToken } from '../tokens/token.ts';
import { BearerFault, type BearerFaultKind, refusedFor } from './bearer-fault.ts';
import { clientCaller } from './client-caller.ts';
import { refusalLog, whyUnknown } from './refusal-log.ts';
import type { ForeignTokenKind, VerifiedCaller } from './verified-caller.ts';
import { type AnyVerifier, mixedIds, verifierChooser } from './verifier-order.ts';

export interface BearerOptions {
  /**
   * The kinds of token that are accepted, those of other servers among them. The first that recognises a token judges it,
   * and nobody after that one; kinds that go by the issuer that a token names are asked first.
   */
  readonly tokens: readonly (TokenKind | ForeignTokenKind)[];
  /** The realm of the challenge; the API's name when absent, none at all when `false`. */
  readonly realm?: string | false;
  /** Address of the API's protected resource metadata, told in each challenge (RFC 9728 section 5.1, R35). */
  readonly resourceMetadata?: string;
  /** Accepts the token without the word `Bearer`, and takes a header without a token as none (OpenSPP 3.3). */
  readonly schemeless?: boolean;
  /** Gives faults another code, status or text. A `WWW-Authenticate` is added when it has none. */
  readonly faults?: (fault: BearerFault) => Error;
  /** The name of strategy and plugin; default `auth.bearer`. */
  readonly name?: string;
  /** How documents describe it; default is OpenAPI's `http` `bearer`, named `bearer`. */
  readonly scheme?: AuthenticationStrategy['scheme'];
}

/**
 * Accepts bearer tokens (RFC 6750). The plugin that makes an API ask its token kinds.
 *
 * @throws ConfigurationError from its start for a list without kinds of token
 * @example bearer({ tokens: [opaqueTokens(), jwtTokens({ … })] })
 */
export function bearer(options: BearerOptions): Plugin {
  const name = options.name ?? 'auth.bearer';
  const mixable = new WeakSet<object>();
  return definePlugin({
    name,
    strategies: (setup) => {
      const verifiers = connected(options.tokens, setup);
      if (verifiers.some((one) => 'knows' in one && !one.idsApart)) mixable.add(setup.services);
      return [bearerStrategy({ ...options, realm: options.realm ?? setup.api.name }, verifiers)];
    },
    start: ({ strategies }, { services }) => {
      if (strategies.length > 1 && mixable.has(services)) throw mixedIds();
    },
  });
}

/**
 * The strategy by itself, for verifiers that are connected already.
 *
 * @throws ConfigurationError for metadata at no absolute URL, for no verifiers, and for some that would be taken for each
 * other
 */
export function bearerStrategy(
  options: Omit<BearerOptions, 'tokens'>,
  verifiers: readonly AnyVerifier[],
): AuthenticationStrategy {
  const strategyName = options.name ?? 'auth.bearer';
  const realm = options.realm === false ? undefined : options.realm;
  const schemeless = options.schemeless ?? false;
  const faults = options.faults ?? bearerError;
  const metadata = options.resourceMetadata;
  if (metadata !== undefined && !URL.canParse(metadata)) {
    throw new ConfigurationError('bearer.resourceMetadata', 'must be an absolute URL');
  }
  const verifierOf = verifierChooser(verifiers);
  const tell = verifiers.some((one) => 'knows' in one) ? refusalLog(strategyName) : undefined;
  const principals = new WeakMap<VerifiedToken | VerifiedCaller, CallerPrincipal>();

  const principalOf = (verified: VerifiedToken | VerifiedCaller): CallerPrincipal => {
    let principal = principals.get(verified);
    if (principal === undefined) {
      const caller = 'caller' in verified ? verified.caller : clientCaller(verified.client, verified.scopes);
      principal = Object.freeze({ ...caller, strategy: strategyName });
      principals.set(verified, principal);
    }
    return principal;
  };

  const answer = (thrown: unknown, request: AuthenticationRequest, verifier?: AnyVerifier): unknown => {
    if (!(thrown instanceof BearerFault)) return thrown;
    tell?.(request, verifier, thrown);
    const parameters = { realm, resource_metadata: metadata, error: oauthError[thrown.kind] };
    const error = faults(thrown);
    const told = parameters.error === undefined ? {} : { 'WWW-Authenticate': challenge('Bearer', parameters) };
    return withHeaders(error, told);
  };

  return {
    name: strategyName,
    scheme: options.scheme ?? { name: 'bearer', definition: { type: 'http', scheme: 'bearer' } },
    challenge: challenge('Bearer', { realm, resource_metadata: metadata }),
    carries: ({ headers }) => carriesBearer(headers.authorization, schemeless),
    authenticate(request) {
      let verifier: AnyVerifier | undefined;
      try {
        const token = readBearer(request.head.headers.authorization, schemeless);
        if (token === undefined) return undefined;
        verifier = token.length > longestToken ? undefined : verifierOf(token);
        if (verifier === undefined) throw refusedFor(whyUnknown(token, longestToken, verifiers));
        const verified = verifier.verify(token, request.now);
        if (!(verified instanceof Promise)) return principalOf(verified);
        return verified.then(principalOf, (thrown: unknown) => {
          throw answer(thrown, request, verifier);
        });
      } catch (thrown) {
        throw answer(thrown, request, verifier);
      }
    },
  };
}

/** @throws ConfigurationError for members that are no kinds of token; a list that is empty, or none, becomes an empty one */
function connected(tokens: BearerOptions['tokens'], setup: TokenSetup): readonly AnyVerifier[] {
  // Whoever writes JavaScript may hand over anything.
  const kinds: readonly unknown[] = Array.isArray(tokens) ? tokens : [];
  return kinds.map((kind, index) => {
    if (isKind(kind)) return kind.connect(setup);
    throw new ConfigurationError(`bearer.tokens[${index}]`, 'is no kind of token');
  });
}

function isKind(kind: unknown): kind is TokenKind | ForeignTokenKind {
  return typeof kind === 'object' && kind !== null && 'connect' in kind && typeof kind.connect === 'function';
}

/** Longest token that is looked at (R45). */
const longestToken = 8192;

/** `b64token` of RFC 6750 section 2.1. */
const token68 = /^[A-Za-z0-9\-._~+/]+=*$/;

const bearerScheme = /^bearer(?:[ \t,]|$)/i;

/** Whether the header is meant for this strategy: a token, or what was to be one. */
function carriesBearer(header: string | undefined, schemeless: boolean): boolean {
  const value = header?.trim() ?? '';
  if (!bearerScheme.test(value)) return schemeless && token68.test(value);
  return !schemeless || value.length > 'bearer'.length;
}

/**
 * Takes the token out of an `Authorization` header: the scheme in any case, exactly one space, one token (R23).
 * `undefined`: there is none, or it is of another scheme.
 */
export function readBearer(header: string | undefined, schemeless: boolean): string | undefined {
  const value = header?.trim() ?? '';
  if (value === '') return undefined;
  if (!bearerScheme.test(value)) return schemeless && token68.test(value) ? value : undefined;
  const rest = value.slice('bearer'.length);
  if (schemeless) {
    const token = rest.trim();
    if (token === '') return undefined;
    if (token68.test(token)) return token;
  } else if (rest.startsWith(' ') && token68.test(rest.slice(1))) {
    return rest.slice(1);
  }
  throw new BearerFault('malformed');
}

/** The `error` of the challenge (RFC 6750 section 3.1); none where the fault is the server's. */
const oauthError: Readonly<Record<BearerFaultKind, string | undefined>> = {
  malformed: 'invalid_request',
  token_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_client_missing: 'invalid_token',
  client_unknown: 'invalid_token',
  key_unusable: undefined,
};

/** What a fault becomes when `faults` says nothing else. */
export function bearerError(fault: BearerFault): SallyportError {
  const { cause } = fault;
  switch (fault.kind) {
    case 'malformed':
      return new SallyportError('malformed_request', { detail: 'The Authorization header could not be read.' });
    case 'token_expired':
      return new SallyportError('invalid_token', { detail: 'The token has expired.', cause });
    case 'key_unusable':
      return new SallyportError('internal', { cause });
    default:
      return new SallyportError('invalid_token', { cause });
  }
}
