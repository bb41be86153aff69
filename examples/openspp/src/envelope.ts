import {
  type Envelope,
  type ErrorContext,
  type Issue,
  type JsonSchema,
  type Page,
  problemBody,
  problemMediaType,
  problemSchema,
  type RenderedError,
  type SallyportError,
  wantsProblem,
} from '@sallyport/core';
import { pageSchema } from './page-schema.ts';

/** Lists that print `null` for a neighbour that is not there (contract §1.1). */
const printsMissingLinks: ReadonlySet<string> = new Set(['program', 'program_membership']);

/** `type` of a schema violation by the kind of fault (contract §2.1). */
const violationTypes: Readonly<Record<Issue['code'], string>> = {
  json: 'json_invalid',
  required: 'missing',
  type: 'model_attributes_type',
  enum: 'literal_error',
  const: 'literal_error',
  pattern: 'string_pattern_mismatch',
  format: 'value_error',
  minimum: 'greater_than_equal',
  maximum: 'less_than_equal',
  too_short: 'string_too_short',
  too_long: 'string_too_long',
  too_few: 'too_short',
  too_many: 'too_long',
  unknown: 'extra_forbidden',
  duplicate: 'duplicate',
  immutable: 'frozen_field',
  reference: 'value_error',
  unique: 'value_error',
  rule: 'value_error',
};

const formatTypes: Readonly<Record<string, string>> = {
  date: 'date_from_datetime_parsing',
  'date-time': 'datetime_from_date_parsing',
};

/** The types of values, as the contract names a wrong one; parameters are parsed, members are typed. */
const valueTypes: Readonly<Record<string, { readonly body: string; readonly query: string }>> = {
  string: { body: 'string_type', query: 'string_type' },
  integer: { body: 'int_type', query: 'int_parsing' },
  number: { body: 'float_type', query: 'float_parsing' },
  boolean: { body: 'bool_type', query: 'bool_parsing' },
  array: { body: 'list_type', query: 'list_type' },
  object: { body: 'model_attributes_type', query: 'model_attributes_type' },
};

function violationType({ in: where, code, expected }: Issue): string {
  if (code === 'format') return formatTypes[String(expected)] ?? violationTypes.format;
  if (code !== 'type') return violationTypes[code];
  const type = Array.isArray(expected) ? expected.find((each) => each !== 'null') : expected;
  return valueTypes[String(type)]?.[where === 'body' ? 'body' : 'query'] ?? violationTypes.type;
}

/** One element of `detail` of a schema violation: `{type, loc, msg, input}`. */
function violation(issue: Issue): Record<string, unknown> {
  const { in: where, path, message, input } = issue;
  return { type: violationType(issue), loc: [where, ...path], msg: message, input: input ?? null };
}

/** A body without a fault of its own to name (of another media type, missing) is at fault as a whole. */
function violationsOf(error: SallyportError): readonly Record<string, unknown>[] {
  if (error.issues.length > 0) return error.issues.map(violation);
  return [{ type: 'model_attributes_type', loc: ['body'], msg: error.detail, input: null }];
}

function renderError(error: SallyportError, { id, head }: ErrorContext): RenderedError {
  if (wantsProblem(head?.headers.accept)) {
    const type = `urn:openspp:error:${error.code.replaceAll('_', '-')}`;
    return { status: error.status, mediaType: problemMediaType, body: { ...problemBody(error, id), type } };
  }
  const detail = error.code === 'schema_violation' ? violationsOf(error) : (error.facts.outcome ?? error.detail);
  return { status: error.status, mediaType: 'application/json', body: { detail, code: error.code } };
}

const errorSchema: JsonSchema = {
  title: 'Error',
  type: 'object',
  properties: {
    detail: {
      description: 'What is wrong, in words; of what does not fit its schema, each fault.',
      anyOf: [
        { type: 'string' },
        { type: 'object', description: 'The OperationOutcome of a transaction.' },
        {
          type: 'array',
          items: {
            type: 'object',
            title: 'Violation',
            properties: {
              type: { type: 'string', description: 'The kind of fault.' },
              loc: {
                type: 'array',
                description: 'Where it is: body or query, then the names and places that lead there.',
              },
              msg: { type: 'string', description: 'What is wrong, in words.' },
              input: { description: 'What was sent.' },
            },
            required: ['type', 'loc', 'msg'],
          },
        },
      ],
    },
    code: { type: 'string', description: 'The kind of error, for programs.' },
  },
  required: ['detail'],
};

/** The shapes of OpenSPP's answers: list envelope (contract §6), errors (§2.1), problem details when asked for (§2.3). */
export function openSppEnvelope(): Envelope {
  return {
    name: 'openspp',
    record: (value) => value,
    result: (value) => value,
    page({ items, total, offset, links: { self, next, prev } }: Page, { resource }) {
      const missing = printsMissingLinks.has(resource ?? '') ? null : undefined;
      return {
        data: items,
        meta: { total: total ?? items.length, count: items.length, offset },
        links: { self, next: next ?? missing, prev: prev ?? missing },
      };
    },
    deleted: () => ({ status: 204, value: undefined }),
    error: renderError,
    schemas: {
      record: (schema) => schema,
      result: (schema) => schema,
      page: pageSchema,
      deleted: () => ({ status: 204, schema: undefined }),
      error: { 'application/json': errorSchema, [problemMediaType]: problemSchema },
    },
  };
}
