import { acceptable, problemBody, problemMediaType } from '../http/index.ts';
import type { Envelope } from './envelope.ts';
import type { JsonSchema } from './route.ts';

export interface PlainEnvelopeOptions {
  /** What the codes of problem types are appended to (RFC 9457 section 3.1.1). */
  readonly problemBase?: string;
}

/** The schema of a problem document (RFC 9457). */
export const problemSchema: JsonSchema = {
  title: 'Problem',
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri', description: 'The kind of error, as a URI.' },
    title: { type: 'string', description: 'The kind of error, in words.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of the answer.' },
    detail: { type: 'string', description: 'What is wrong with this call, in words.' },
    instance: { type: 'string', description: 'This occurrence: the id of the call, as a URI.' },
    code: { type: 'string', description: 'The kind of error, for programs.' },
    errors: {
      type: 'array',
      description: 'What does not fit its schema.',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'Where it is: a JSON Pointer (RFC 6901).' },
          in: {
            type: 'string',
            enum: ['body', 'query', 'path', 'header'],
            description: 'In which part of the request.',
          },
          code: { type: 'string', description: 'The kind of fault.' },
          detail: { type: 'string', description: 'What is wrong, in words.' },
        },
        required: ['pointer', 'in', 'code', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
};

/** Records as they are, pages as `{ data, total?, next? }`, errors as problem details: the default. */
export function plainEnvelope(options: PlainEnvelopeOptions = {}): Envelope {
  const base = options.problemBase === undefined ? {} : { typeBase: options.problemBase };
  return {
    name: 'plain',
    record: (value) => value,
    page({ items, total, estimated, cursor, links }) {
      return {
        data: items,
        ...(total === undefined ? {} : { total, ...(estimated ? { estimated: true } : {}) }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(links.next === undefined ? {} : { next: links.next }),
      };
    },
    result: (value) => value,
    deleted: () => ({ status: 204, value: undefined }),
    error: (error, { id }) => ({
      status: error.status,
      mediaType: problemMediaType,
      body: problemBody(error, id, base),
    }),
    schemas: {
      record: (schema) => schema,
      page: (items) => ({
        type: 'object',
        properties: {
          data: { type: 'array', items },
          total: { type: 'integer', minimum: 0, description: 'Records that match, over all pages.' },
          estimated: { type: 'boolean', description: 'Whether the total is an estimate.' },
          cursor: { type: 'string', description: 'Where the next page starts.' },
          next: { type: 'string', description: 'Address of the next page.' },
        },
        required: ['data'],
        additionalProperties: false,
      }),
      result: (schema) => schema,
      deleted: () => ({ status: 204, schema: undefined }),
      error: { [problemMediaType]: problemSchema },
    },
  };
}

/** Whether the caller asks for problem details, for envelopes that offer them beside a shape of their own. */
export function wantsProblem(accept: string | undefined): boolean {
  return accept?.includes(problemMediaType) === true && acceptable(accept, [problemMediaType]) !== undefined;
}
