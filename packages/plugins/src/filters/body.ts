import type { JsonSchema, QueryDialect, ResourcePlan, RouteCall } from '@sallyport/core';
import type { CompiledFilter } from './compile-filter.ts';
import type { CompiledResource } from './compile-resource.ts';
import { leavesOf } from './nodes.ts';
import { operatorWords } from './operators.ts';
import { valueSchema } from './values.ts';

/** The body of a search, in the shape that its schema lets through; conditions are judged when they are read. */
export interface SearchBody {
  readonly filters?: readonly unknown[];
  readonly filter_logic?: 'AND' | 'OR';
  readonly preset?: string;
  readonly additional_filters?: readonly unknown[];
  readonly sort?: readonly { readonly field: string; readonly direction?: 'asc' | 'desc' }[];
  readonly pagination?: { readonly count?: number; readonly offset?: number };
}

/** Most fields that a search is sorted by. */
const mostSorts = 5;

/** The body of a call's search; undefined for a search by address. */
export function searchBodyOf({ body }: Pick<RouteCall, 'body'>): SearchBody | undefined {
  // The road has held it against its schema; a plain search takes no JSON.
  return body.kind === 'json' ? (body.value as SearchBody) : undefined;
}

/** How many records a page has in the API's dialect, and how far it may be. */
function pagination(plan: ResourcePlan, dialect: QueryDialect): JsonSchema {
  const parameters = dialect.searchParameters(plan);
  const schemaOf = (name: string) =>
    parameters.find((one) => one.name === name)?.schema ?? { type: 'integer', minimum: 0 };
  return {
    type: 'object',
    description: 'Which page; what the address says has the last word.',
    properties: {
      count: { ...schemaOf(dialect.names.limit), description: 'Records on a page.' },
      offset: { ...schemaOf(dialect.names.offset), description: 'Records to skip.' },
    },
  };
}

/**
 * What the road holds a body against. Conditions are only lists here: how deep and how many they are must be known
 * before each is looked at. What it does not know is refused or passed over as in every body of the API.
 */
export function bodySchema(plan: ResourcePlan, dialect: QueryDialect, unknown: 'refuse' | 'ignore'): JsonSchema {
  const closed = unknown === 'refuse' ? { additionalProperties: false } : {};
  return {
    type: 'object',
    properties: {
      filters: { type: 'array' },
      filter_logic: { type: 'string', enum: ['AND', 'OR'] },
      preset: { type: 'string' },
      additional_filters: { type: 'array' },
      sort: {
        type: 'array',
        maxItems: mostSorts,
        items: {
          type: 'object',
          properties: { field: { type: 'string' }, direction: { type: 'string', enum: ['asc', 'desc'] } },
          required: ['field'],
          ...closed,
        },
      },
      pagination: { ...pagination(plan, dialect), ...closed },
    },
    ...closed,
  };
}

/** The same for documents: with the filters and presets that everybody has who may search. */
export function documentedBody(
  { plan, filters, presets, maxDepth, maxComplexity, allowCustom }: CompiledResource,
  dialect: QueryDialect,
): JsonSchema {
  const open = [...filters.values()].filter(isOpen);
  const names = new Set(open.map(({ name }) => name));
  const conditions = open.map(conditionSchema);
  const any: JsonSchema = { type: 'object', properties: { field: { type: 'string' } }, required: ['field', 'value'] };
  const condition = `${plan.type}Condition`;
  const reference = { $ref: `#/$defs/${condition}` };
  const group: JsonSchema = {
    type: 'object',
    description: `At most ${maxDepth} levels, and ${maxComplexity} comparisons in all.`,
    properties: {
      logic: {
        type: 'string',
        enum: ['AND', 'OR'],
        description: 'Whether all conditions are to hold, or one of them.',
      },
      conditions: {
        type: 'array',
        minItems: 1,
        items: reference,
        description: 'What is joined: comparisons, or groups of such.',
      },
    },
    required: ['logic', 'conditions'],
  };
  const listed = { type: 'array', items: reference };
  const shown = [...presets.values()].filter(
    ({ declaration, nodes }) =>
      declaration.public !== false &&
      declaration.active !== false &&
      leavesOf(nodes).every(({ name }) => names.has(name)),
  );
  const sorts = [...open.filter(({ sort }) => sort !== undefined).map(({ name }) => name), ...sortable(plan)];
  const { properties, ...schema } = bodySchema(plan, dialect, 'ignore');
  return {
    ...schema,
    $defs: { [condition]: { anyOf: [...conditions, ...(allowCustom ? [any] : []), group] } },
    properties: {
      ...(properties as object),
      filters: { ...listed, description: 'Conditions. Left out, or none: every record.' },
      filter_logic: {
        type: 'string',
        enum: ['AND', 'OR'],
        description: 'How the conditions of the list are joined. Default AND.',
      },
      additional_filters: { ...listed, description: 'More conditions beside a preset.' },
      preset: {
        type: 'string',
        description: 'A preset of the resource: stands in for `filters`.',
        ...(shown.length === 0 ? {} : { enum: shown.map(({ name }) => name) }),
      },
      sort: {
        type: 'array',
        maxItems: mostSorts,
        description: 'What to sort by, the first first.',
        items: {
          title: `${plan.type}Sort`,
          type: 'object',
          properties: {
            field: {
              type: 'string',
              description: 'A filter or a sort key of the resource.',
              ...(sorts.length === 0 ? {} : { enum: [...new Set(sorts)] }),
            },
            direction: { type: 'string', enum: ['asc', 'desc'], default: 'asc', description: 'Upwards or downwards.' },
          },
          required: ['field'],
          additionalProperties: false,
        },
      },
    },
  };
}

/** Whether every caller of the search has the filter: documents are for everybody. */
export function isOpen({ declaration }: CompiledFilter): boolean {
  return declaration.active !== false && declaration.requiresScope === undefined;
}

function conditionSchema({ name, operators, shape, declaration }: CompiledFilter): JsonSchema {
  const [first] = operators;
  const { description } = declaration;
  const usual = operators.includes('eq');
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties: {
      field: { type: 'string', const: name, description: 'Name of the filter.' },
      operator: {
        type: 'string',
        enum: [...operators],
        description: operators.map((operator) => `${operator}: ${operatorWords[operator]}`).join('; '),
        ...(usual ? { default: 'eq' } : {}),
      },
      value: { ...valueSchema(shape, first), description: 'What the field is compared with.' },
    },
    required: usual ? ['field', 'value'] : ['field', 'operator', 'value'],
  };
}

/** Names that searches of the resource are sorted by anyway. */
function sortable({ descriptor, members, key, keyName }: ResourcePlan): readonly string[] {
  const own = members.filter(({ rules }) => rules.sort === true).map(({ name }) => name);
  const byKey = keyName !== undefined && key.order !== undefined ? [keyName] : [];
  return [...byKey, ...own, ...Object.keys(descriptor.sorts ?? {})];
}
