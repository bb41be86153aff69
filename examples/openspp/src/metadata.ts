import { definePlugin, type JsonSchema, type Plan, type Plugin } from '@sallyport/core';
import { describeExtensions } from '@sallyport/plugins/extensions';

/** Names of operations in the capability statement; a replace is an `update`, a merge patch is a `patch`. */
const operationNames = {
  read: 'read',
  search: 'search',
  create: 'create',
  replace: 'update',
  update: 'patch',
} as const;

/** The active extensions; fields by their storage names, and by which of them can be searched (an addition). */
function extensionsOf(plan: Plan): readonly object[] {
  return describeExtensions(plan).map(({ extension: { key, url, module, fields }, resources }) => ({
    url,
    module,
    appliesTo: resources.map(({ type }) => type),
    fields: fields.map(({ storageName }) => storageName),
    searchParams: fields.filter(({ field }) => field.search === true).map(({ name }) => `${key}.${name}`),
  }));
}

function describe(plan: Plan): Record<string, unknown> {
  const { resources, api } = plan;
  const described: Record<string, unknown> = {};
  for (const { type, descriptor } of resources.values()) {
    const operations = Object.entries(operationNames).flatMap(([operation, name]) =>
      descriptor.operations[operation as keyof typeof operationNames] ? [name] : [],
    );
    if (operations.length === 0) continue;
    // Those of extensions stand with the extensions.
    const searchParams = Object.keys(descriptor.parameters ?? {}).filter((name) => !name.includes('.'));
    described[type] = { operations, searchParams };
  }
  return {
    name: 'OpenSPP API',
    version: api.version,
    resources: described,
    extensions: extensionsOf(plan),
    authentication: {
      type: 'oauth2',
      tokenEndpoint: `${api.basePath}/oauth/token`,
      grantTypes: ['client_credentials'],
    },
    docs: `${api.basePath}/docs`,
  };
}

const text = (description: string): JsonSchema => ({ type: 'string', description });
const texts = (description: string): JsonSchema => ({ type: 'array', items: { type: 'string' }, description });
const object = (description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  description,
  properties,
  required: Object.keys(properties),
});

const statementSchema: JsonSchema = {
  title: 'CapabilityStatement',
  ...object('What the API can do.', {
    name: text('The name of the API.'),
    version: text('Its version.'),
    resources: {
      type: 'object',
      description: 'The resources, by their types.',
      additionalProperties: {
        title: 'ResourceCapability',
        ...object('What can be done with a resource.', {
          operations: {
            type: 'array',
            items: { type: 'string', enum: Object.values(operationNames) },
            description: 'What can be done: `update` is a PUT.',
          },
          searchParams: texts('Parameters of a search, without those of extensions.'),
        }),
      },
    },
    extensions: {
      type: 'array',
      description: 'The extensions that are switched on.',
      items: {
        title: 'ExtensionCapability',
        ...object('An extension.', {
          url: text('Its URL, one of its names.'),
          module: text('The module that it comes from.'),
          appliesTo: texts('The types of the resources that have it.'),
          fields: texts('Its fields, by the names that they are stored under.'),
          searchParams: texts('Parameters of a search.'),
        }),
      },
    },
    authentication: object('How callers authenticate.', {
      type: text('The kind of authentication.'),
      tokenEndpoint: text('Where tokens are issued.'),
      grantTypes: texts('The grant types of OAuth 2.0 that it knows.'),
    }),
    docs: text('Where the documentation is.'),
  }),
};

/** `GET /metadata`: the capability statement (contract §5), made from the plan. Open to everybody. */
export function metadata(): Plugin {
  return definePlugin({
    name: 'openspp.metadata',
    routes(plan) {
      const statement = describe(plan);
      return [
        {
          method: 'GET',
          path: '/metadata',
          name: 'metadata',
          scope: 'public',
          summary: 'The capability statement',
          tags: ['Metadata'],
          responses: { 200: { description: 'What the API can do.', schema: statementSchema } },
          handle: () => ({ kind: 'value', status: 200, value: statement }),
        },
      ];
    },
  });
}
