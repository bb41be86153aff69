import {
  type ParameterDefinition,
  type QueryDialect,
  type ResourcePlan,
  type RouteCall,
  reworded,
  SallyportError,
} from '@sallyport/core';
import { isOpen, searchBodyOf } from './body.ts';
import type { CompiledResource } from './compile-resource.ts';
import type { FiltersOptions } from './declaration.ts';
import { labelOf } from './names.ts';
import type { ParsedLeaf } from './nodes.ts';
import { operatorWords } from './operators.ts';
import { narrowed } from './search.ts';
import { valueSchema } from './values.ts';

/** `city[ilike]` */
const bracketed = /^([^[\]]+)\[([^[\]]*)\]$/;

/** The dialect of an API with filters: `field[operator]=value` in addresses, conditions in bodies. */
export function filterDialect(
  dialect: QueryDialect,
  compiled: (plan: ResourcePlan) => CompiledResource | undefined,
  wordings: FiltersOptions['errors'],
): QueryDialect {
  const declared = new WeakMap<ResourcePlan, ReadonlySet<string>>();

  /** Names that have a meaning without filters. */
  function namesOf(plan: ResourcePlan): ReadonlySet<string> {
    let names = declared.get(plan);
    if (names === undefined) {
      names = new Set(dialect.searchParameters(plan).map(({ name }) => name));
      declared.set(plan, names);
    }
    return names;
  }

  /** The parameters that are comparisons. Whatever has their form is one, so that no misspelt filter is passed over. */
  function inAddress(call: RouteCall, resource: CompiledResource): readonly (readonly [string, ParsedLeaf])[] {
    const leaves: (readonly [string, ParsedLeaf])[] = [];
    for (const [parameter, value] of call.query) {
      const [, name, operator] = bracketed.exec(parameter) ?? [];
      if (name === undefined || operator === undefined) continue;
      const known = namesOf(resource.plan);
      // Another parameter of the API in brackets is no filter that was misspelt.
      if (known.has(parameter) || (known.has(name) && !resource.filters.has(name))) continue;
      leaves.push([parameter, { kind: 'leaf', name, operator, value, isText: true }]);
    }
    return leaves;
  }

  return {
    name: dialect.name,
    names: dialect.names,
    ...(dialect.searchBody === undefined ? {} : { searchBody: dialect.searchBody }),
    readParameters: (plan) => dialect.readParameters(plan),
    representation: (call, plan) => dialect.representation(call, plan),
    searchParameters(plan) {
      const resource = compiled(plan);
      const own = dialect.searchParameters(plan);
      return resource === undefined ? own : [...own, ...parametersOf(resource)];
    },
    async search(call, plan) {
      const request = await dialect.search(call, plan);
      const resource = compiled(plan);
      if (resource === undefined) return request;
      const body = searchBodyOf(call);
      const leaves = inAddress(call, resource);
      if (body === undefined && leaves.length === 0) return request;
      const names = new Set(leaves.map(([name]) => name));
      const { count, offset } = body?.pagination ?? {};
      const { names: paging } = dialect;
      const paged = {
        ...request,
        // An address is what links lead to: it has the last word.
        limit: call.parameters[paging.limit] === undefined && count !== undefined ? count : request.limit,
        offset:
          call.parameters[paging.offset] === undefined && offset !== undefined && !request.byCursor
            ? offset
            : request.offset,
        carried: [...request.carried, ...call.query.filter(([name]) => names.has(name))],
      };
      try {
        return await narrowed(paged, { resource, call, body, leaves: leaves.map(([, leaf]) => leaf) });
      } catch (error) {
        throw error instanceof SallyportError ? reworded(error, call, [wordings]) : error;
      }
    },
  };
}

function parametersOf({ filters }: CompiledResource): readonly ParameterDefinition[] {
  return [...filters.values()].flatMap((filter) =>
    filter.operators.map((operator): ParameterDefinition => {
      const list = operator === 'in' || operator === 'nin';
      const { label = labelOf(filter.name), description } = filter.declaration;
      const separated = list ? ', separated by commas' : '';
      return {
        name: `${filter.name}[${operator}]`,
        description: `${label}: ${operatorWords[operator]}${separated}.${description === undefined ? '' : ` ${description}`}`,
        schema: list ? { type: 'string' } : valueSchema(filter.shape, operator),
        deferred: true,
        ...(isOpen(filter) ? {} : { hidden: true }),
      };
    }),
  );
}
