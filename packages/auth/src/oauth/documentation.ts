import type { ResponseDefinition } from '@sallyport/core';
import { type TokenFaultCode, tokenFaults } from './token-fault.ts';

const uncachedHeader = {
  'Cache-Control': { description: 'Always `no-store`.', schema: { type: 'string', const: 'no-store' } },
} as const;

type Responses = Readonly<Record<number, ResponseDefinition>>;

/** What every endpoint may answer that clients authenticate at. */
const everywhere = ['request_malformed', 'tls_required', 'credentials_missing', 'credentials_invalid'] as const;
const throttled = ['too_many_requests', 'unavailable'] as const;

/** Errors in OAuth's shape, or without a schema where the API's envelope writes them. */
function refusals(
  oauthErrors: boolean,
  codes: readonly TokenFaultCode[],
  descriptions: Readonly<Record<number, string>>,
): Responses {
  const responses: Record<number, ResponseDefinition> = {};
  for (const [status, description] of Object.entries(descriptions)) {
    const faults = codes.map((code) => tokenFaults[code]).filter((fault) => fault.status === Number(status));
    const schema = {
      type: 'object',
      required: ['error'],
      properties: {
        error: { type: 'string', enum: [...new Set(faults.map((fault) => fault.error))] },
        error_description: { type: 'string' },
      },
    };
    responses[Number(status)] = oauthErrors
      ? { description, mediaType: 'application/json', headers: uncachedHeader, schema }
      : { description };
  }
  return responses;
}

const notUnderstood = 'The request was not understood or not allowed.';
const notAuthenticated = 'The client could not be authenticated.';

const issued: ResponseDefinition = {
  description: 'The token.',
  mediaType: 'application/json',
  headers: uncachedHeader,
  schema: {
    type: 'object',
    required: ['access_token', 'token_type', 'expires_in', 'scope'],
    properties: {
      access_token: { type: 'string' },
      token_type: { type: 'string', const: 'Bearer' },
      expires_in: { type: 'integer', description: 'Seconds.' },
      scope: { type: 'string', description: 'What was granted, separated by spaces.' },
    },
  },
};

/** The responses of a token endpoint. */
export function tokenResponses(oauthErrors: boolean): Responses {
  const own = [
    'grant_type_missing',
    'grant_type_unsupported',
    'grant_type_not_allowed',
    'api_not_allowed',
    'scope_invalid',
  ] as const;
  return {
    200: issued,
    ...refusals(oauthErrors, [...everywhere, ...own, ...throttled, 'token_not_issued'], {
      400: notUnderstood,
      401: notAuthenticated,
      429: 'Too many token requests; `Retry-After` tells when the next may come.',
      500: 'The token could not be issued.',
      503: 'Tokens cannot be issued at the moment.',
    }),
  };
}

const busy = 'Too many requests; `Retry-After` tells when the next may come.';

/** The responses of a revocation endpoint. */
export function revocationResponses(oauthErrors: boolean): Responses {
  const own = ['token_missing', 'token_type_unsupported'] as const;
  return {
    200: {
      description: 'The token is no longer valid, or never was one of the client.',
      mediaType: 'application/json',
      headers: uncachedHeader,
      schema: { type: 'object', additionalProperties: false },
    },
    ...refusals(oauthErrors, [...everywhere, ...own, ...throttled], {
      400: notUnderstood,
      401: notAuthenticated,
      429: busy,
      503: 'The token could not be revoked and may still be valid.',
    }),
  };
}

const described: ResponseDefinition = {
  description: 'What the token is; `active` alone when it does not hold or the caller may not look into it.',
  mediaType: 'application/json',
  headers: uncachedHeader,
  schema: {
    type: 'object',
    required: ['active'],
    properties: {
      active: { type: 'boolean' },
      client_id: { type: 'string' },
      scope: { type: 'string', description: 'What the token lets its bearer do now, separated by spaces.' },
      token_type: { type: 'string', const: 'Bearer' },
      exp: { type: 'integer', description: 'Seconds since 1970.' },
      iat: { type: 'integer', description: 'Seconds since 1970.' },
      nbf: { type: 'integer', description: 'Seconds since 1970.' },
      iss: { type: 'string' },
      aud: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
      sub: { type: 'string' },
      jti: { type: 'string' },
    },
  },
};

/** The responses of an introspection endpoint. */
export function introspectionResponses(oauthErrors: boolean): Responses {
  return {
    200: described,
    ...refusals(oauthErrors, [...everywhere, 'token_missing', ...throttled], {
      400: notUnderstood,
      401: notAuthenticated,
      429: busy,
      503: 'Tokens cannot be looked into at the moment.',
    }),
  };
}
