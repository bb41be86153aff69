import { createHash } from 'node:crypto';
import {
  anyOf,
  ConfigurationError,
  knownOptions,
  type Outcome,
  type Plan,
  type Plugin,
  type ResourcePlan,
  type RouteCall,
  type RouteDefinition,
  type Scope,
  type ScopeTerm,
} from '@sallyport/core';
import { bodySchema, documentedBody } from './body.ts';
import { type CompiledResource, compileResource } from './compile-resource.ts';
import type { FiltersOptions, SearchFormat } from './declaration.ts';
import { filterDialect } from './dialect.ts';
import { discoveryOf, discoverySchema } from './discovery.ts';
import { formatOf } from './formats.ts';

const json = 'application/json';
const text = { type: 'string' } as const;

/**
 * Filters of resources that callers can discover and combine: `GET /R/_filters`, `POST /R/_search`, `QUERY /R`
 * (RFC 10008), and `field[operator]=value` in the address of a search. They are other ways to the search of the resource,
 * under all of its rules.
 *
 * @throws ConfigurationError at the start, with the place of the first filter or preset that cannot be
 * @example createApi({ …, plugins: [filters({ resources: { partner: filtersOf(Partner, { filters: { … } }) } })] })
 * @see docs/guides/filters.md
 */
export function filters(options: FiltersOptions): Plugin {
  knownOptions('plugins.filters', options, { resources: true, format: true, errors: true });
  const compiled = new WeakMap<ResourcePlan, CompiledResource>();

  function compiledFor(plan: ResourcePlan): CompiledResource | undefined {
    const declared = Object.hasOwn(options.resources, plan.name) ? options.resources[plan.name] : undefined;
    if (declared === undefined) return undefined;
    let resource = compiled.get(plan);
    if (resource === undefined) {
      resource = compileResource(plan, declared, placeOf(plan.name));
      compiled.set(plan, resource);
    }
    return resource;
  }

  const paths = new Set<string>();

  return {
    name: 'filters',
    query: (dialect) => filterDialect(dialect, compiledFor, options.errors),
    routes: (plan) =>
      Object.keys(options.resources).flatMap((name) => {
        const resource = plan.resources.get(name);
        const filtered = resource === undefined ? undefined : compiledFor(resource);
        if (filtered === undefined || !filtered.plan.descriptor.operations.search) {
          throw new ConfigurationError(placeOf(name), 'there is no resource of this name that can be searched');
        }
        paths.add(filtered.plan.path);
        return routesOf(filtered, plan, formatOf(options.format, plan));
      }),
    hooks: {
      onResponse(response, { path }) {
        if (paths.has(path)) response.setHeader('accept-query', json);
      },
    },
  };
}

const placeOf = (resource: string) => `plugins.filters.resources.${resource}`;

function routesOf(resource: CompiledResource, plan: Plan, format: SearchFormat): readonly RouteDefinition[] {
  const { name, path, type } = resource.plan;
  const search = searchOf(resource.plan);
  const common = {
    tags: resource.plan.descriptor.tags ?? [type],
    operation: { resource: name, name: 'search' },
  } as const;
  const advanced = {
    ...common,
    scope: search.scope,
    description:
      'All conditions hold together with those of the address. Pages: the links lead on, with the same body.',
    parameters: plan.dialect.searchParameters(resource.plan),
    body: {
      kinds: ['json'],
      required: true,
      schema: bodySchema(resource.plan, plan.dialect, plan.strictness.unknownProperties),
      content: { [json]: { title: `${type}Search`, ...documentedBody(resource, plan.dialect) } },
    },
    responses: {
      200: {
        description: `${format.description ?? 'A page'} of ${type} records.`,
        schema: format.schema(itemSchema(resource.plan, plan, format)),
      },
      ...search.responses,
    },
  } as const;
  const page = async (call: RouteCall): Promise<unknown> => {
    const found = await call.search(name, format.nulls === undefined ? {} : { nulls: format.nulls });
    return format.page(found, call);
  };
  return [
    {
      ...common,
      method: 'GET',
      path: `${path}/_filters`,
      name: `${name}.filters`,
      scope: discoveryScope(resource.plan, search.scope),
      summary: `What ${type} records can be filtered by`,
      responses: {
        200: { description: 'Filters and presets.', schema: plan.envelope.schemas.result(discoverySchema) },
      },
      handle: (call) => ({
        kind: 'value',
        status: 200,
        value: plan.envelope.result(discoveryOf(resource, call), call),
      }),
    },
    {
      ...advanced,
      method: 'POST',
      path: `${path}/_search`,
      name: `${name}.advancedSearch`,
      summary: `Search ${type} records by conditions`,
      handle: async (call) => ({ kind: 'value', status: 200, value: await page(call) }),
    },
    {
      ...advanced,
      responses: {
        ...advanced.responses,
        200: { ...advanced.responses[200], headers: { ETag: { description: 'Names this answer.', schema: text } } },
        304: { description: 'The caller has this answer already.' },
      },
      method: 'QUERY',
      path,
      name: `${name}.query`,
      summary: `Search ${type} records by conditions (RFC 10008)`,
      handle: async (call) => tagged(await page(call)),
    },
  ];
}

/** A safe request may ask whether its answer has changed. */
function tagged(value: unknown): Outcome {
  const etag = createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
  return { kind: 'value', status: 200, value, etag };
}

function searchOf(plan: ResourcePlan) {
  const { search } = plan.descriptor.operations;
  const options = typeof search === 'object' ? search : {};
  const { scope } = plan.scopeOf('search', 'operation', options.scope, `${plan.place}.operations.search`);
  return { ...options, scope };
}

/** Who may search may ask what by, and who may read, too. */
function discoveryScope(plan: ResourcePlan, search: Scope): Scope {
  const { read } = plan.descriptor.operations;
  if (!read) return search;
  const own = typeof read === 'object' ? read.scope : undefined;
  const { scope } = plan.scopeOf('read', 'operation', own, `${plan.place}.operations.read`);
  if (search === 'public' || scope === 'public') return 'public';
  return anyOf(...termsOf(search), ...termsOf(scope));
}

function termsOf(scope: Scope): readonly [ScopeTerm, ...ScopeTerm[]] {
  if (typeof scope === 'string') return [scope];
  return 'of' in scope ? [scope] : scope;
}

/** A record as the page shows it; a selection of fields may leave any member out. */
function itemSchema(resource: ResourcePlan, { dialect }: Plan, format: SearchFormat) {
  const { nulls = searchOf(resource).nulls ?? resource.representation.nulls } = format;
  const record = resource.recordSchema(nulls === 'print');
  const isWhole = dialect.readParameters(resource).length === 0 && !resource.reducible;
  return isWhole ? record : { ...record, required: undefined };
}
