import { definePlugin, type Plan, type Plugin } from '@sallyport/core';
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
          responses: { 200: { description: 'What the API can do.', schema: { type: 'object' } } },
          handle: () => ({ kind: 'value', status: 200, value: statement }),
        },
      ];
    },
  });
}
