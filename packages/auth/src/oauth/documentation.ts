import type { ResponseDefinition } from '@sallyport/core';
import { tokenFaults } from './token-fault.ts';

const uncachedHeader = {
  'Cache-Control': { description: 'Always `no-store`.', schema: { type: 'string', const: 'no-store' } },
} as const;

const success: ResponseDefinition = {
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

const descriptions: Readonly<Record<number, string>> = {
  400: 'The request was not understood or not allowed.',
  401: 'The client could not be authenticated.',
  429: 'Too many token requests; `Retry-After` tells when the next may come.',
  500: 'The token could not be issued.',
  503: 'Tokens cannot be issued at the moment.',
};

/** The responses of a token endpoint; errors in OAuth's shape, or without a schema where the API's envelope writes them. */
export function tokenResponses(oauthErrors: boolean): Readonly<Record<number, ResponseDefinition>> {
  const responses: Record<number, ResponseDefinition> = { 200: success };
  for (const [status, description] of Object.entries(descriptions)) {
    const errors = Object.values(tokenFaults).filter((fault) => fault.status === Number(status));
    const schema = {
      type: 'object',
      required: ['error'],
      properties: {
        error: { type: 'string', enum: [...new Set(errors.map((fault) => fault.error))] },
        error_description: { type: 'string' },
      },
    };
    responses[Number(status)] = oauthErrors
      ? { description, mediaType: 'application/json', headers: uncachedHeader, schema }
      : { description };
  }
  return responses;
}
