import {
  all,
  any,
  type Condition,
  everything,
  invalidParameter,
  type OrderTerm,
  type QueryGate,
  type RouteCall,
  reverseOrder,
  type SearchRequest,
  totalOrder,
} from '@sallyport/core';
import type { SearchBody } from './body.ts';
import type { CompiledFilter } from './compile-filter.ts';
import type { CompiledResource } from './compile-resource.ts';
import {
  missingFilter,
  operatorNotAllowed,
  tooManyConditions,
  unknownFilter,
  unknownPreset,
  unknownSort,
} from './faults.ts';
import { leavesOf, type ParsedLeaf, type ParsedNode, parseNodes } from './nodes.ts';
import { readValue } from './values.ts';

/** Conditions that are being made for one call. */
class Making {
  readonly resource: CompiledResource;
  readonly call: RouteCall;
  /** Names of filters that are used. */
  readonly used = new Set<string>();
  /** Members that the conditions and the order tell of. */
  readonly reveals = new Set<string>();

  constructor(resource: CompiledResource, call: RouteCall) {
    this.resource = resource;
    this.call = call;
  }

  async group(nodes: readonly ParsedNode[], logic: 'AND' | 'OR'): Promise<Condition> {
    if (nodes.length === 0) return everything;
    const conditions: Condition[] = [];
    for (const node of nodes) {
      conditions.push(await (node.kind === 'leaf' ? this.leaf(node) : this.group(node.nodes, node.logic)));
    }
    return logic === 'AND' ? all(...conditions) : any(...conditions);
  }

  leaf(leaf: ParsedLeaf): Condition | Promise<Condition> {
    const { plan } = this.resource;
    const { name, isText } = leaf;
    const filter = this.resource.filter(name, this.call);
    if (filter === undefined) throw unknownFilter(name, plan.type);
    const operator = filter.operators.find((one) => one === leaf.operator);
    if (operator === undefined) throw operatorNotAllowed(leaf.operator, filter.operators, name);
    const value = leaf.answers === undefined ? leaf.value : leaf.answers(this.call);
    const operand = readValue(filter.shape, operator, value, isText);
    this.use(filter);
    return filter.condition(operator, operand, this.call);
  }

  use({ name, reveals }: CompiledFilter): void {
    this.used.add(name);
    for (const member of reveals) this.reveals.add(member);
  }

  /** What holds where nobody names a filter that has a default, or must be named. */
  async usual(): Promise<Condition> {
    const conditions: Condition[] = [];
    for (const filter of this.resource.filters.values()) {
      const { name, usual, declaration, operators } = filter;
      if (this.used.has(name) || !filter.usableBy(this.call)) continue;
      if (usual !== undefined) {
        conditions.push(await filter.condition(operators[0], usual, this.call));
        this.use(filter);
      } else if (declaration.required === true) throw missingFilter(name);
    }
    return all(...conditions);
  }
}

/** What a call asks of a resource's filters. */
export interface Asked {
  readonly resource: CompiledResource;
  readonly call: RouteCall;
  readonly body: SearchBody | undefined;
  /** The comparisons of its address. */
  readonly leaves: readonly ParsedLeaf[];
}

/**
 * A search narrowed by the conditions of its body and of its address: what it asks besides stays as it is. Whatever is
 * unknown, or not for this caller, is refused; nothing is passed over.
 *
 * @throws SallyportError `filter_unknown`, `filter_operator_not_allowed`, `filter_too_many_values`, `filter_too_complex`,
 * `preset_unknown`, `sort_field_unknown`, `malformed_filter`, `invalid_body`
 */
export async function narrowed(
  request: SearchRequest,
  { resource, call, body, leaves }: Asked,
): Promise<SearchRequest> {
  const { filters = [], additional_filters: more = [] } = body ?? {};
  const listed = parseNodes(filters, resource.maxDepth, ['filters']);
  const additional = parseNodes(more, resource.maxDepth, ['additional_filters']);
  const count = leaves.length + leavesOf(listed).length + leavesOf(additional).length;
  if (count > resource.maxComplexity) throw tooManyConditions(count, resource.maxComplexity);
  const making = new Making(resource, call);
  const conditions = [await making.group(leaves, 'AND')];
  let { order } = request;
  if (body !== undefined) {
    const { filter_logic: logic = 'AND', preset: name } = body;
    if (name === undefined) {
      conditions.push(await making.group(listed, logic));
    } else {
      const preset = resource.presets.get(name);
      if (preset?.usableBy(call) !== true) throw unknownPreset(name, resource.plan.type);
      // What a preset stands in for must be right all the same.
      await new Making(resource, call).group(listed, logic);
      conditions.push(await making.group(preset.nodes, 'AND'));
    }
    conditions.push(await making.group(additional, logic), await making.usual());
    order = orderOf(body, making) ?? order;
    if (request.byCursor && order !== request.order) {
      throw invalidParameter('cursor', 'a cursor goes on in the order of the address, not in that of the body');
    }
  }
  const reveals = new Set([...request.reveals, ...making.reveals]);
  return { ...request, where: all(request.where, ...conditions), order, reveals };
}

/** The order that a body asks for, down to the primary key. */
function orderOf({ sort = [] }: SearchBody, making: Making): readonly OrderTerm[] | undefined {
  if (sort.length === 0) return undefined;
  const gate = making.resource.plan.gate(making.call);
  const terms = sort.flatMap(({ field, direction }) => {
    const found = sortBy(field, gate, making);
    return direction === 'desc' ? reverseOrder(found) : found;
  });
  return totalOrder(terms, gate);
}

/**
 * The terms of a field that one of the filters, or the resource, may be sorted by. Where it is a filter's, records whose
 * policies hide the field are left out, whatever is in them: their place would tell of it.
 */
function sortBy(field: string, gate: QueryGate, { resource, call, reveals }: Making): readonly OrderTerm[] {
  const filter = resource.filters.get(field);
  if (filter?.sort !== undefined && filter.usableBy(call)) {
    for (const member of filter.reveals) reveals.add(member);
    return [filter.sort];
  }
  const terms = gate.sort(field);
  if (terms === undefined) throw unknownSort(field);
  return terms;
}
