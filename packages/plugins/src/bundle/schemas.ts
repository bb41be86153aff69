import type { JsonSchema, Plan, PlannedRoute, ResourcePlan } from '@sallyport/core';
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
    resourceType: { type: 'string', enum: ['OperationOutcome'], description: 'What this is.' },
    issue: {
      type: 'array',
      description: 'What went wrong: one.',
      items: {
        type: 'object',
        properties: {
          severity: { type: 'string', enum: ['error', 'fatal'], description: 'fatal: the server has failed.' },
          code: { type: 'string', enum: ['conflict', 'invalid', 'exception'], description: 'The kind of fault.' },
          diagnostics: { type: 'string', description: 'What is wrong, in words.' },
        },
        required: ['severity', 'code', 'diagnostics'],
      },
    },
  },
  required: ['resourceType', 'issue'],
};

const ignored = 'Members of answers; what is sent is not looked at.';
const resourceWords = 'The body of the call, for methods that have one.';

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

/** The methods that entries have, of those that are let in: one of the resources is served by each. */
export function servedMethods(
  resources: Iterable<ResourcePlan>,
  { methods }: Pick<EntryRules, 'methods'>,
): readonly BundleMethod[] {
  const served = [...resources];
  return [...methods].filter((method) => served.some(({ descriptor }) => descriptor.operations[bundleMethods[method]]));
}

const urlForms: Readonly<Record<ReadyOptions['urls'], string>> = {
  encoded: 'the key percent-encoded, as in any address',
  raw: 'the key as it is, or percent-encoded',
};

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
  const kinds = [...rules.kinds.keys()];
  const served = servedMethods(rules.kinds.values(), rules);
  /** @param methods those that a document tells; each entry is told itself that there is no such method */
  const request = (resource: JsonSchema, methods: readonly string[] = Object.keys(bundleMethods)): JsonSchema => ({
    title: 'Bundle',
    type: 'object',
    properties: {
      resourceType: { type: 'string', enum: ['Bundle'], description: 'What this is; it may be left out.' },
      type: { type: 'string', enum: bundleTypes, description: 'Accepted are transaction and batch.' },
      entry: {
        type: ['array', 'null'],
        description: 'What is to be done, in this order.',
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
              description: 'The call that the entry stands for.',
              properties: {
                method: { type: 'string', enum: methods, description: 'What is done with the record.' },
                url: {
                  type: 'string',
                  maxLength: longestUrl,
                  description: `Kind/key: ${urlForms[options.urls]}; the kind alone where one is made. Kinds: ${kinds.join(', ')}.`,
                },
                ifMatch: { ...text(longestFullUrl), description: 'As the header If-Match of the call.' },
                ifNoneMatch: { ...text(longestFullUrl), description: 'As the header If-None-Match of the call.' },
              },
              required: ['method', 'url'],
              ...unknown,
            },
            resource: { ...resource, description: resourceWords },
            response: { description: ignored },
            search: { description: ignored },
          },
          ...unknown,
        },
      },
      total: { description: ignored },
      link: { description: ignored },
    },
    required: ['type'],
    ...unknown,
  });
  return {
    request: request({ type: ['object', 'null'] }),
    documented: request(sent, served),
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
  const none: JsonSchema = { type: 'null', description: 'Nothing: not a member of this kind of bundle.' };
  const missing = printed ? { total: none, link: none } : {};
  const optional = (description: string): JsonSchema => ({
    type: printed ? ['string', 'null'] : 'string',
    description,
  });
  return {
    title: 'BundleResponse',
    type: 'object',
    properties: {
      resourceType: { type: 'string', enum: ['Bundle'], description: 'What this is.' },
      type: {
        type: 'string',
        enum: ['transaction-response', 'batch-response'],
        description: 'To which type of bundle this is the answer.',
      },
      ...missing,
      entry: {
        type: 'array',
        description: 'What became of each entry, in the order of the request.',
        items: {
          title: 'BundleResponseEntry',
          type: 'object',
          properties: {
            fullUrl: optional('The placeholder of the entry.'),
            ...(printed ? { request: none, search: none } : {}),
            response: {
              type: 'object',
              description: 'How the call was answered.',
              properties: {
                status: { type: 'string', description: 'Status and its phrase: 201 Created.' },
                location: optional('Address of the record.'),
                etag: optional('Entity tag of the record.'),
              },
              required: ['status'],
            },
            resource: {
              description: 'The record; what went wrong, where the entry has failed.',
              anyOf: [resource, operationOutcome, ...(printed ? [{ type: 'null' }] : [])],
            },
          },
          required: ['response'],
        },
      },
    },
    required: ['resourceType', 'type', 'entry'],
  };
}
