import { all, any, type Condition } from './condition.ts';
import { malformedFilter, quoted, tooComplex, unusableField } from './fault.ts';
import type { QueryGate } from './gate.ts';
import { leafOperators } from './leaf.ts';
import { literalLimits, readLiteral } from './literal.ts';
import { negate } from './negate.ts';

/** How large a domain may be. */
export interface DomainLimits {
  /** Most bytes of text. */
  readonly bytes: number;
  /** Most comparisons, those of sub-domains included. */
  readonly leaves: number;
  /**
   * Most levels of a domain: each change between AND, OR and NOT, and each `any`. A long chain of one operator is one
   * level.
   */
  readonly depth: number;
  /** Most values of one list. */
  readonly items: number;
  /** Most relations that all its paths go through, those of sub-domains included: each is a join for the database. */
  readonly relations: number;
}

export const domainLimits: DomainLimits = Object.freeze({
  ...literalLimits,
  leaves: 50,
  depth: 8,
  items: 500,
  relations: 50,
});

/** Relations that one path may name, the field at its end included. */
const longestPath = 8;

/** A part of the domain that is read: flat as far as one operator goes. */
interface Part {
  readonly operator: '&' | '|' | 'other';
  readonly conditions: readonly Condition[];
  /** Levels inside of it. */
  readonly depth: number;
}

/** What is counted over a domain and all its sub-domains. */
interface Reading {
  readonly limits: DomainLimits;
  leaves: number;
  relations: number;
}

/**
 * Turns the text of a prefix-list domain, in JSON or in Python literals, into a condition on what the gate lets through.
 *
 * @throws SallyportError `malformed_filter`, `filter_too_complex`
 * @see docs/reference/filters.md
 */
export function parseDomain(text: string, gate: QueryGate, limits: Partial<DomainLimits> = {}): Condition {
  const known = { ...domainLimits, ...limits };
  return domainCondition(readLiteral(text, known), gate, known);
}

/**
 * The same for a domain that is data already: of a JSON body, or a server's own.
 *
 * @param domain `[['name', 'ilike', 'a'], '|', ['active', '=', true], ['country.code', 'in', ['KE']]]`
 * @throws SallyportError `malformed_filter`, `filter_too_complex`
 */
export function domainCondition(domain: unknown, gate: QueryGate, limits: Partial<DomainLimits> = {}): Condition {
  const reading: Reading = { limits: { ...domainLimits, ...limits }, leaves: 0, relations: 0 };
  return conditionOf(readDomain(domain, gate, reading, 0));
}

/** Reads from the right to the left, so that each prefix operator finds its operands on the stack: one pass, no recursion. */
function readDomain(domain: unknown, gate: QueryGate, reading: Reading, outer: number): Part {
  if (!Array.isArray(domain)) throw malformedFilter('A domain is a list.');
  if (domain.length > reading.limits.items) {
    throw tooComplex(`A domain may have ${reading.limits.items} elements.`, { limit: reading.limits.items });
  }
  const stack: Part[] = [];
  for (let index = domain.length - 1; index >= 0; index -= 1) {
    const element: unknown = domain[index];
    if (element === '&' || element === '|') {
      stack.push(join(element, operand(stack, element), operand(stack, element)));
    } else if (element === '!') {
      stack.push(complement(operand(stack, element)));
    } else if (Array.isArray(element)) {
      stack.push(readLeaf(element, gate, reading, outer));
    } else {
      throw malformedFilter(`Element ${index + 1} of a domain is neither an operator nor a comparison.`);
    }
    const top = stack.at(-1);
    if (top !== undefined && top.depth + outer > reading.limits.depth) throw tooDeep(reading.limits);
  }
  const [first = { operator: '&', conditions: [], depth: 0 }, ...others] = stack.reverse();
  const whole = others.reduce((left, right) => join('&', left, right), first);
  if (whole.depth + outer > reading.limits.depth) throw tooDeep(reading.limits);
  return whole;
}

function tooDeep(limits: DomainLimits): Error {
  return tooComplex(`A domain may have ${limits.depth} levels.`, { limit: limits.depth });
}

function operand(stack: Part[], operator: string): Part {
  const part = stack.pop();
  if (part === undefined) throw malformedFilter(`An operator ${quoted(operator)} lacks what it stands before.`);
  return part;
}

/** Joins two parts by an operator; a part of the same operator is taken in, not nested. */
function join(operator: '&' | '|', left: Part, right: Part): Part {
  const conditions: Condition[] = [];
  let depth = 0;
  for (const part of [left, right]) {
    if (part.operator === operator) {
      conditions.push(...part.conditions);
      depth = Math.max(depth, part.depth);
    } else {
      conditions.push(conditionOf(part));
      depth = Math.max(depth, part.depth + 1);
    }
  }
  return { operator, conditions, depth };
}

function complement(part: Part): Part {
  return { operator: 'other', conditions: [negate(conditionOf(part))], depth: part.depth + 1 };
}

function conditionOf(part: Part): Condition {
  return part.operator === '|' ? any(...part.conditions) : all(...part.conditions);
}

function readLeaf(element: readonly unknown[], gate: QueryGate, reading: Reading, outer: number): Part {
  const [name, operator, operand] = element;
  if (element.length !== 3 || typeof name !== 'string' || typeof operator !== 'string') {
    throw malformedFilter('A comparison of a domain is a list of a field, an operator and a value.');
  }
  reading.leaves += 1;
  const { leaves, items, relations } = reading.limits;
  if (reading.leaves > leaves) throw tooComplex(`A domain may have ${leaves} comparisons.`, { limit: leaves });
  const path = name.split('.', longestPath + 1);
  if (path.length > longestPath || path.includes('')) throw unusableField(name);
  reading.relations += path.length - (operator === 'any' || operator === 'not any' ? 0 : 1);
  if (reading.relations > relations) {
    throw tooComplex(`The paths of a domain may go through ${relations} relations.`, { limit: relations });
  }

  if (operator === 'any' || operator === 'not any') {
    const relation = gate.relation(path);
    if (relation === undefined) throw unusableField(name);
    if (outer + 1 > reading.limits.depth) throw tooDeep(reading.limits);
    const inner = readDomain(operand, relation.gate, reading, outer + 1);
    const some = relation.some(conditionOf(inner));
    const condition = relation.along(operator === 'any' ? some : negate(some));
    return { operator: 'other', conditions: [condition], depth: inner.depth + 1 };
  }
  const compile = leafOperators.get(operator);
  if (compile === undefined) throw malformedFilter(`${quoted(operator)} is not an operator of a domain.`);
  return { operator: 'other', conditions: [compile({ name, path, operator, operand, gate, items })], depth: 0 };
}
