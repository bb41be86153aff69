import { definePlugin, type Plan, type Plugin } from '@sallyport/core';

/** Names of operations in the capability statement; a replace is an `update`, a merge patch is a `patch`. */
const operationNames = {
  read: 'read',
  search: 'search',
  create: 'create',
  replace: 'update',
  update: 'patch',
} as const;

/** What chooses how records look, and no filter. */
const notAFilter: ReadonlySet<string> = new Set(['_extensions']);

function describe({ resources, api }: Plan): Record<string, unknown> {
  const described: Record<string, unknown> = {};
  for (const { type, descriptor } of resources.values()) {
    const operations = Object.entries(operationNames).flatMap(([operation, name]) =>
      descriptor.operations[operation as keyof typeof operationNames] ? [name] : [],
    );
    if (operations.length === 0) continue;
    const searchParams = Object.keys(descriptor.parameters ?? {}).filter((name) => !notAFilter.has(name));
    described[type] = { operations, searchParams };
  }
  return {
    name: 'OpenSPP API',
    version: api.version,
    resources: described,
    extensions: [],
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
