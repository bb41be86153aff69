import type { JsonSchema, Plan, PlannedRoute } from '@sallyport/core';
import type { EntryRules } from './entries.ts';
import { type BundleMethod, bundleMethods, type ReadyOptions } from './options.ts';

/** Types that bundles have; two of them can be sent. */
const bundleTypes = ['transaction', 'transaction-response', 'batch', 'batch-response', 'searchset', 'history'] as const;

/** Longest placeholder: what filling them costs grows with it. */
const longestFullUrl = 255;
const longestUrl = 8192;

const text = (maxLength: number): JsonSchema => ({ type: ['string', 'null'], maxLength });

const operationOutcome: JsonSchema = {
  title: 'OperationOutcome',
  type: 'object',
  properties: {
    resourceType: { type: 'string', enum: ['OperationOutcome'] },
    issue: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          severity: { type: 'string', enum: ['error', 'fatal'] },
          code: { type: 'string', enum: ['conflict', 'invalid', 'exception'] },
          diagnostics: { type: 'string' },
        },
        required: ['severity', 'code', 'diagnostics'],
      },
    },
  },
  required: ['resourceType', 'issue'],
};

type Schemas = readonly (JsonSchema | undefined)[];

interface KindSchemas {
  readonly kind: string;
  readonly schemas: readonly JsonSchema[];
}

export interface BundleSchemas {
  /** What the road holds a bundle to; resources are held to theirs as entries are performed. */
  readonly request: JsonSchema;
  /** The same for documents, with what resources look like. */
  readonly documented: JsonSchema;
  readonly response: JsonSchema;
}

export function bundleSchemas(plan: Plan, rules: EntryRules, options: ReadyOptions): BundleSchemas {
  const writing = [...rules.methods].filter((method) => method !== 'GET' && method !== 'DELETE');
  const schemasOf = (
    schemas: (operation: (method: BundleMethod) => PlannedRoute | undefined) => Schemas,
  ): JsonSchema => {
    const kinds = [...rules.kinds].map(([kind, { name }]): KindSchemas => {
      const route = (method: BundleMethod) =>
        plan.routes.find((one) => one.name === `${name}.${bundleMethods[method]}`);
      return { kind, schemas: differing(schemas(route)) };
    });
    return alternatives(kinds, rules.kindIn[0]);
  };
  const sent = schemasOf((route) => writing.map((method) => route(method)?.body?.schema));
  const shown = schemasOf((route) => [route('GET')?.responses?.[200]?.schema]);
  const unknown = plan.strictness.unknownProperties === 'refuse' ? { additionalProperties: false } : {};
  const request = (resource: JsonSchema): JsonSchema => ({
    title: 'Bundle',
    type: 'object',
    properties: {
      resourceType: { type: 'string', enum: ['Bundle'] },
      type: { type: 'string', enum: bundleTypes, description: 'Accepted are transaction and batch.' },
      entry: {
        type: ['array', 'null'],
        items: {
          title: 'BundleEntry',
          type: 'object',
          properties: {
            fullUrl: {
              ...text(longestFullUrl),
              description: 'A placeholder urn:uuid:… for later entries to refer to.',
            },
            request: {
              type: ['object', 'null'],
              properties: {
                method: { type: 'string', enum: Object.keys(bundleMethods) },
                url: { type: 'string', maxLength: longestUrl },
                ifMatch: text(longestFullUrl),
                ifNoneMatch: text(longestFullUrl),
              },
              required: ['method', 'url'],
              ...unknown,
            },
            resource,
            response: {},
            search: {},
          },
          ...unknown,
        },
      },
      total: {},
      link: {},
    },
    required: ['type'],
    ...unknown,
  });
  return {
    request: request({ type: ['object', 'null'] }),
    documented: request(sent),
    response: responseSchema(shown, options),
  };
}

const differing = (schemas: Schemas): readonly JsonSchema[] => {
  const there = schemas.filter((schema) => schema !== undefined);
  return [...new Map(there.map((schema) => [JSON.stringify(schema), schema])).values()];
};

/** One of several kinds; where a member tells which, no resource can be of two of them. */
function alternatives(kinds: readonly KindSchemas[], member: string | undefined): JsonSchema {
  const found = kinds.filter(({ schemas }) => schemas.length > 0);
  if (found.length === 0) return { type: 'object' };
  const telling = ({ properties }: JsonSchema) => member !== undefined && Object.hasOwn(Object(properties), member);
  if (member === undefined || !found.every(({ schemas }) => schemas.every(telling))) {
    return { anyOf: found.flatMap(({ schemas }) => schemas) };
  }
  return {
    oneOf: found.map(({ kind, schemas }) => ({
      allOf: [
        ...(schemas.length === 1 ? schemas : [{ anyOf: schemas }]),
        { type: 'object', properties: { [member]: { type: 'string', enum: [kind] } }, required: [member] },
      ],
    })),
  };
}

function responseSchema(resource: JsonSchema, { nulls }: ReadyOptions): JsonSchema {
  const printed = nulls === 'print';
  const missing = printed ? { total: { type: 'null' }, link: { type: 'null' } } : {};
  const optional: JsonSchema = { type: printed ? ['string', 'null'] : 'string' };
  return {
    title: 'BundleResponse',
    type: 'object',
    properties: {
      resourceType: { type: 'string', enum: ['Bundle'] },
      type: { type: 'string', enum: ['transaction-response', 'batch-response'] },
      ...missing,
      entry: {
        type: 'array',
        items: {
          title: 'BundleResponseEntry',
          type: 'object',
          properties: {
            fullUrl: optional,
            ...(printed ? { request: { type: 'null' }, search: { type: 'null' } } : {}),
            response: {
              type: 'object',
              properties: { status: { type: 'string' }, location: optional, etag: optional },
              required: ['status'],
            },
            resource: { anyOf: [resource, operationOutcome, ...(printed ? [{ type: 'null' }] : [])] },
          },
          required: ['response'],
        },
      },
    },
    required: ['resourceType', 'type', 'entry'],
  };
}
