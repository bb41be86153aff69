import type { JsonSchema } from '@sallyport/core';

const version = { type: 'string', enum: ['2.0'] } as const;
const noId = { type: 'null', description: 'Always null: the reply belongs to the HTTP request.' } as const;

const issue: JsonSchema = {
  type: 'object',
  properties: {
    pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) into the body, or /name of a parameter.' },
    code: { type: 'string' },
    message: { type: 'string' },
  },
  required: ['pointer', 'code', 'message'],
  additionalProperties: false,
};

/** The schema of a reply that carries an error. */
export const errorSchema: JsonSchema = {
  type: 'object',
  properties: {
    jsonrpc: version,
    id: noId,
    error: {
      type: 'object',
      properties: {
        code: { type: 'integer', description: 'The HTTP status that the error stands for.', examples: [422] },
        message: { type: 'string' },
        data: {
          type: 'object',
          properties: {
            name: { type: 'string', description: 'The stable code of the error.', examples: ['invalid_body'] },
            issues: { type: 'array', items: issue },
            id: { type: 'string', description: 'Id of the call, as in X-Request-Id.' },
          },
          required: ['name', 'issues', 'id'],
          additionalProperties: false,
        },
      },
      required: ['code', 'message', 'data'],
      additionalProperties: false,
    },
  },
  required: ['jsonrpc', 'id', 'error'],
  additionalProperties: false,
};

/** The schema of a reply with status 200: a result, or the application's refusal. */
export function replySchema(result: JsonSchema): JsonSchema {
  const success: JsonSchema = {
    type: 'object',
    properties: { jsonrpc: version, id: noId, result },
    required: ['jsonrpc', 'id', 'result'],
    additionalProperties: false,
  };
  return { oneOf: [success, errorSchema] };
}

/** The schema of a search's result. */
export function pageSchema(item: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      length: { type: ['integer', 'null'], minimum: 0, description: 'How many match; null when nobody counted.' },
      records: { type: 'array', items: item },
    },
    required: ['length', 'records'],
    additionalProperties: false,
  };
}
