import { createHash, randomBytes } from 'node:crypto';
import type { SearchOptions } from '../descriptor/operations.ts';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import type { BodyKind } from '../http/body.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition, everything, type Operand } from '../query/condition.ts';
import { type CursorBinding, type CursorCodec, cursorCodec, fingerprintOf } from '../query/cursor.ts';
import { type DomainLimits, parseDomain } from '../query/domain.ts';
import { everyField, parseFieldSelection } from '../query/field-selection.ts';
import type { QueryGate } from '../query/gate.ts';
import { afterCondition } from '../query/keyset.ts';
import type { OrderTerm } from '../query/order.ts';
import { type OrderOptions, parseOrder } from '../query/ordering.ts';
import { compileParameters, type SearchParameters } from '../query/parameters.ts';
import type { CallContext } from './call.ts';
import { system } from './principal.ts';
import type { QueryDialect, RepresentationRequest, SearchRequest } from './query-dialect.ts';
import type { ParameterDefinition } from './route.ts';

/** Names of the parameters; one that is `undefined` is not offered. */
export interface QueryNames {
  readonly limit: string;
  readonly offset: string;
  readonly order: string | undefined;
  readonly fields: string | undefined;
  readonly expand: string | undefined;
  readonly count: string | undefined;
  readonly cursor: string | undefined;
  readonly domain: string | undefined;
}

export interface StandardQueryOptions {
  readonly names?: Partial<QueryNames>;
  /** `name asc, id desc`, or `-name,birthDate`. Default `signs`. */
  readonly orderStyle?: OrderOptions['style'];
  /** An order by a field that is unknown or not sortable. Default `refuse`. */
  readonly unknownOrder?: OrderOptions['unknown'];
  /** A field in a selection that is unknown or not shown. Default `refuse`. */
  readonly unknownFields?: 'refuse' | 'ignore';
  readonly domainLimits?: Partial<DomainLimits>;
  /** Whether a search may carry its parameters in an urlencoded body, whatever content type it names. */
  readonly parametersInBody?: boolean;
  /** Key of the cursors' signatures: at least 32 bytes, the same on all processes. Made at random when absent. */
  readonly cursorKey?: Uint8Array | string;
}

const standardNames: QueryNames = {
  limit: 'limit',
  offset: 'offset',
  order: 'order',
  fields: 'fields',
  expand: 'expand',
  count: 'count',
  cursor: 'cursor',
  domain: 'domain',
};

/** The cursor that asks for the first page, and for cursors to go on with. */
const firstPage = '*';
const DEFAULT_LIMIT = 50;
const MOST_RECORDS = 200;
const MOST_OFFSET = 10_000;

/** The call that stands for none while parameters are compiled: only whose it is will be asked. */
const planning = Object.freeze({ principal: system, now: new Date(0) }) as CallContext;

const searchOptionsOf = (plan: ResourcePlan): SearchOptions => {
  const { search } = plan.descriptor.operations;
  return typeof search === 'object' ? search : {};
};

/** How many records a page has when nobody says, and the most that it may have. */
function pageLimitOf(plan: ResourcePlan): { readonly usual: number; readonly max: number } {
  const { limit = {} } = searchOptionsOf(plan);
  const max = limit.max ?? MOST_RECORDS;
  const usual = limit.default ?? Math.min(DEFAULT_LIMIT, max);
  if (usual > max) {
    throw new ConfigurationError(
      `${plan.place}.operations.search.limit`,
      `the default, ${usual}, is more than the most, ${max}`,
    );
  }
  return { usual, max };
}

const expandables = new WeakMap<ResourcePlan, ReadonlySet<string>>();

/** Names of the relations that callers may ask to be expanded. */
function expandable(plan: ResourcePlan): ReadonlySet<string> {
  let names = expandables.get(plan);
  if (names === undefined) {
    const members = plan.members.filter(({ codec, rules }) => codec.expandsOnRequest === true && rules.read !== false);
    names = new Set(members.map(({ name }) => name));
    expandables.set(plan, names);
  }
  return names;
}

const nothingExpanded: readonly string[] = Object.freeze([]);

/**
 * The query language of Sallyport: declared search parameters and prefix-list domains, order, field selection,
 * expansion, offset and cursor paging, counts. The names are the API's to choose.
 *
 * @see docs/reference/queries.md
 */
export function standardQuery(options: StandardQueryOptions = {}): QueryDialect {
  const names: QueryNames = { ...standardNames, ...options.names };
  const compiled = new WeakMap<ResourcePlan, SearchParameters>();
  const cursors = cursorsOf(options.cursorKey);
  const carriedNames = new Set(
    [names.order, names.fields, names.expand, names.count, names.domain].filter((name) => name !== undefined),
  );

  const declared = (plan: ResourcePlan): SearchParameters => {
    let parameters = compiled.get(plan);
    if (parameters === undefined) {
      parameters = compileParameters(
        plan.descriptor.parameters ?? {},
        plan.openGate(planning),
        `${plan.place}.parameters`,
        (call) => plan.openGate(call),
      );
      for (const name of Object.values(names)) {
        if (name !== undefined && parameters.has(name)) {
          throw new ConfigurationError(`${plan.place}.parameters.${name}`, 'the query language uses this name');
        }
      }
      compiled.set(plan, parameters);
    }
    return parameters;
  };

  const representation = (
    text: (name: string | undefined) => string | undefined,
    plan: ResourcePlan,
    call: CallContext,
  ): RepresentationRequest => {
    const expand = expansionOf(text(names.expand), plan);
    const selected = text(names.fields);
    if (selected === undefined) return { fields: everyField, expand };
    const shown = plan.pathsShown({ call, depth: 0, expands: (path) => expand.includes(path) });
    const fields = parseFieldSelection(selected, {
      ...(names.fields === undefined ? {} : { parameter: names.fields }),
      unknown: options.unknownFields ?? 'refuse',
      known: (path) => (path.length === 1 && path[0] === plan.keyName) || shown(path),
    });
    return { fields, expand };
  };

  const expansionOf = (expansion: string | undefined, plan: ResourcePlan): readonly string[] => {
    if (expansion === undefined || expansion === '') return nothingExpanded;
    const wanted = expansion.split(',').filter((name) => name !== '');
    const known = expandable(plan);
    if (wanted.length > 20 || wanted.some((name) => !known.has(name))) {
      throw new SallyportError('invalid_parameter', {
        detail: 'One of the relations cannot be expanded.',
        issues: [{ in: 'query', path: [names.expand ?? 'expand'], code: 'enum', message: 'This cannot be expanded.' }],
      });
    }
    return [...new Set(wanted)].sort();
  };

  const representationParameters = (plan: ResourcePlan): ParameterDefinition[] => {
    const definitions: ParameterDefinition[] = [];
    if (names.fields !== undefined) {
      definitions.push({
        name: names.fields,
        description: 'Fields to show, separated by commas.',
        schema: { type: 'string' },
      });
    }
    const relations = [...expandable(plan)];
    if (names.expand !== undefined && relations.length > 0) {
      const description = `Relations to expand, separated by commas: ${relations.join(', ')}.`;
      definitions.push({ name: names.expand, description, schema: { type: 'string' } });
    }
    return definitions;
  };

  return {
    name: 'standard',
    names: { limit: names.limit, offset: names.offset, cursor: names.cursor },
    ...(options.parametersInBody === true ? { searchBody: ['any'] satisfies BodyKind[] } : {}),
    readParameters: representationParameters,
    searchParameters(plan) {
      const { maxOffset } = searchOptionsOf(plan);
      const { usual, max } = pageLimitOf(plan);
      const definitions: ParameterDefinition[] = [...declared(plan).definitions];
      if (names.domain !== undefined) {
        definitions.push({
          name: names.domain,
          description: 'A filter: a domain in prefix notation.',
          schema: { type: 'string' },
        });
      }
      if (names.order !== undefined) {
        definitions.push({ name: names.order, description: orderWords(plan, options), schema: { type: 'string' } });
      }
      definitions.push(...representationParameters(plan));
      definitions.push(
        {
          name: names.limit,
          description: 'Records on a page.',
          schema: { type: 'integer', minimum: 1, maximum: max, default: usual },
        },
        {
          name: names.offset,
          description: 'Records to skip.',
          schema: { type: 'integer', minimum: 0, maximum: maxOffset ?? MOST_OFFSET, default: 0 },
        },
      );
      if (names.cursor !== undefined) {
        definitions.push({
          name: names.cursor,
          description: `Where the page starts: \`${firstPage}\` for the first page, then what the page before says.`,
          schema: { type: 'string' },
        });
      }
      if (names.count !== undefined) {
        definitions.push({
          name: names.count,
          description: 'What is counted.',
          schema: { type: 'string', enum: ['none', 'exact', 'estimated'] },
        });
      }
      return definitions;
    },
    representation(call, plan) {
      return representation(
        (name) => (name === undefined ? undefined : (call.parameters[name] as string | undefined)),
        plan,
        call,
      );
    },
    async search(call, plan): Promise<SearchRequest> {
      const pairs = call.query;
      const text = (name: string | undefined) =>
        name === undefined ? undefined : pairs.findLast(([candidate]) => candidate === name)?.[1];
      const { count = 'none' } = searchOptionsOf(plan);
      const domainText = text(names.domain);
      const reveals = new Set(declared(plan).revealedBy(pairs));
      const domain =
        domainText === undefined || domainText === ''
          ? everything
          : parseDomain(domainText, noting(plan.gate(call), reveals), options.domainLimits);
      const filter = all(domain, await declared(plan).condition(pairs, call, (name) => plan.shows(name, call)));
      const orderText = text(names.order) ?? '';
      const order =
        orderText === ''
          ? plan.usualOrder(call)
          : parseOrder(orderText, plan.gate(call), {
              style: options.orderStyle ?? 'signs',
              ...(names.order === undefined ? {} : { parameter: names.order }),
              unknown: options.unknownOrder ?? 'refuse',
            });
      // Checked against their bounds when the parameters were read.
      const limit = wholeOf(call.parameters[names.limit]) ?? pageLimitOf(plan).usual;
      const offset = wholeOf(call.parameters[names.offset]) ?? 0;
      const cursorText = text(names.cursor);
      const byCursor = cursorText !== undefined && cursorText !== '';
      const binding: CursorBinding | undefined = byCursor ? bindingOf(call, plan, order, filter) : undefined;
      const cursor =
        binding !== undefined && cursorText !== undefined && cursorText !== firstPage
          ? cursors.decode(cursorText, binding)
          : undefined;
      const counted = text(names.count);
      return {
        ...representation(text, plan, call),
        reveals,
        where: cursor === undefined ? filter : all(filter, afterCondition(order, cursor.values, cursor.direction)),
        order,
        unordered: orderText === '',
        limit,
        offset: byCursor ? 0 : offset,
        count:
          counted === 'none' || counted === 'exact' || counted === 'estimated'
            ? counted
            : cursor === undefined
              ? count
              : 'none',
        byCursor,
        cursorAfter:
          binding === undefined
            ? undefined
            : (values) => cursors.encode({ values: values as readonly Operand[], direction: 'next' }, binding),
        carried: pairs.filter(([name]) => declared(plan).has(name) || carriedNames.has(name)),
      };
    },
  };
}

/** How an order is written, and what there is to order by. */
function orderWords({ members, descriptor, key, keyName }: ResourcePlan, options: StandardQueryOptions): string {
  const keys = new Set([
    ...(keyName !== undefined && key.order !== undefined ? [keyName] : []),
    ...members.filter(({ rules }) => rules.sort === true && rules.read !== false).map(({ name }) => name),
    ...Object.keys(descriptor.sorts ?? {}),
  ]);
  const { orderStyle = 'signs', unknownOrder = 'refuse' } = options;
  const direction = orderStyle === 'signs' ? '`-` in front of one' : '`desc` behind one';
  const known = keys.size === 0 ? 'There is none.' : `${[...keys].map((name) => `\`${name}\``).join(', ')}.`;
  const others = unknownOrder === 'default' ? ' With any other, the usual order.' : '';
  return `Keys to order by, separated by commas, downwards with ${direction}: ${known}${others}`;
}

/** The gate, writing down the fields that filters name. */
function noting(gate: QueryGate, names: Set<string>): QueryGate {
  const note = <T>(path: readonly string[], found: T | undefined): T | undefined => {
    const [first] = path;
    if (found !== undefined && first !== undefined) names.add(first);
    return found;
  };
  return {
    primaryKey: gate.primaryKey,
    defaultOrder: gate.defaultOrder,
    filter: (path) => note(path, gate.filter(path)),
    relation: (path) => note(path, gate.relation(path)),
    sort: (name) => gate.sort(name),
  };
}

/** A whole number that has been checked; past 2^53 the largest, which lies behind the end of any table. */
function wholeOf(value: unknown): number | undefined {
  return typeof value === 'number' ? Math.min(value, Number.MAX_SAFE_INTEGER) : undefined;
}

/** What a cursor is good for: this caller, this resource, this order and filter. */
function bindingOf(
  { principal, api }: CallContext,
  plan: ResourcePlan,
  order: readonly OrderTerm[],
  filter: Condition,
): CursorBinding {
  const caller = 'id' in principal ? `${principal.kind}:${principal.id}` : principal.kind;
  return { caller, resource: `${api}.${plan.name}`, order, filter: fingerprintOf(filter) };
}

function cursorsOf(key: Uint8Array | string | undefined): CursorCodec {
  if (key === undefined) return cursorCodec(randomBytes(32));
  return cursorCodec(typeof key === 'string' ? createHash('sha256').update(key).digest() : key);
}
