import type { JsonSchema } from '@sallyport/core';
import { clientAssertionType } from '../assertions/client-assertion.ts';
import { allowsAssertions } from './client-assertions.ts';
import { bodyWaysOf, type CredentialOptions, usualWays } from './credentials.ts';
import { type BodyWay, bodyTypes } from './token-body.ts';

/** A body by its media types, for documents. */
type Content = Readonly<Record<string, JsonSchema>>;

/** What an endpoint reads beside the credentials. */
interface Parameters {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/** The body of a request for a token (RFC 6749 section 4.4.2). */
export function grantBody(
  credentials: CredentialOptions = {},
  scopeParameter: 'subset' | 'ignore' = 'subset',
): Content {
  const scope = {
    type: 'string',
    description: 'Scopes of the client that the token is to have, separated by spaces; all of them when absent.',
  };
  return contentOf(credentials, {
    required: credentials.absentGrantType === 'assume' ? [] : ['grant_type'],
    properties: {
      grant_type: { type: 'string', const: 'client_credentials' },
      ...(scopeParameter === 'ignore' ? {} : { scope }),
    },
  });
}

/** The body of a request about a token (RFC 7009 section 2.1, RFC 7662 section 2.1). */
export function presentedTokenBody(credentials: CredentialOptions = {}): Content {
  return contentOf(credentials, {
    required: ['token'],
    properties: {
      token: { type: 'string', description: 'The access token.' },
      token_type_hint: { type: 'string', description: 'Tokens are recognised without it.' },
    },
  });
}

function contentOf(credentials: CredentialOptions, about: Parameters): Content {
  return Object.fromEntries(
    bodyWaysOf(credentials).map((way) => [bodyTypes[way], schemaOf(about, credentialsIn(way, credentials))]),
  );
}

function schemaOf(about: Parameters, credentials: Parameters): JsonSchema {
  const required = [...about.required, ...credentials.required];
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: { ...about.properties, ...credentials.properties },
  };
}

/** The credentials that a body may carry in this way, and must where there is no other. */
function credentialsIn(way: BodyWay, credentials: CredentialOptions): Parameters {
  const ways = credentials.ways ?? usualWays;
  const asserting = allowsAssertions(credentials);
  const secret = ways.includes(way);
  const id = ways.includes('basic') && secret ? beside : {};
  return {
    required: ways.includes('basic') ? [] : requiredOf(secret, asserting),
    properties: {
      ...(secret || asserting ? { client_id: { type: 'string', ...id } } : {}),
      ...(secret ? { client_secret: { type: 'string', ...id } } : {}),
      ...(asserting ? assertionParameters : {}),
    },
  };
}

function requiredOf(secret: boolean, asserting: boolean): readonly string[] {
  if (asserting) return secret ? [] : Object.keys(assertionParameters);
  return ['client_id', 'client_secret'];
}

const beside = { description: 'Where the client does not authenticate by HTTP Basic.' } as const;

const assertionParameters: Readonly<Record<string, JsonSchema>> = {
  client_assertion: {
    type: 'string',
    description: 'A JWT that the client has signed (RFC 7523), instead of a secret.',
  },
  client_assertion_type: { type: 'string', const: clientAssertionType },
};
