import { any, type Condition, compare, everything, isIn, nothing, type Operand } from './condition.ts';
import { malformedFilter, quoted, tooComplex, unusableField } from './fault.ts';
import type { FilterLeaf, KeyLeaf, OrderOperator, QueryGate, ValueLeaf, WireKey } from './gate.ts';
import { negate } from './negate.ts';
import { expected, isStorableText, operandOf } from './operand.ts';

/** One comparison of a domain: what the operators need to know. */
export interface DomainLeaf {
  /** As the caller wrote it. */
  readonly name: string;
  readonly path: readonly string[];
  readonly operator: string;
  readonly operand: unknown;
  readonly gate: QueryGate;
  /** Most values of a list. */
  readonly items: number;
}

type LeafCompiler = (leaf: DomainLeaf) => Condition;

function refuse(leaf: DomainLeaf, message: string): never {
  throw malformedFilter(`${quoted(leaf.name)} ${leaf.operator}: ${message}.`);
}

function field(leaf: DomainLeaf): FilterLeaf {
  const found = leaf.gate.filter(leaf.path);
  if (found === undefined) throw unusableField(leaf.name);
  return found;
}

/** In a domain, false and null stand for "not set" on everything but a boolean. */
function isUnset(operand: unknown): operand is false | null {
  return operand === false || operand === null;
}

/** Rows where the field has a value. */
function isSet(found: FilterLeaf): Condition {
  if (!found.nullable) return everything;
  return found.kind === 'key' ? found.set : found.build((property) => compare(property, 'ne', null));
}

function typed(leaf: DomainLeaf, found: ValueLeaf, operand: unknown): Operand {
  const value = operandOf(found, operand);
  if (value === undefined) refuse(leaf, `${expected(found)} is expected`);
  return value;
}

function key(leaf: DomainLeaf, operand: unknown): WireKey {
  const isKey = typeof operand === 'string' ? isStorableText(operand) : Number.isSafeInteger(operand);
  if (!isKey) refuse(leaf, 'a key is expected');
  return operand as WireKey; // a string or a safe integer: judged in the line above
}

function list(leaf: DomainLeaf): readonly unknown[] {
  if (!Array.isArray(leaf.operand)) refuse(leaf, 'a list is expected');
  if (leaf.operand.length > leaf.items) {
    throw tooComplex(`A list of a filter may have ${leaf.items} values.`, { limit: leaf.items });
  }
  return leaf.operand;
}

/** Rows whose field is one of the values; unset rows too when false or null is among them. */
function isOneOf(leaf: DomainLeaf, found: FilterLeaf, operands: readonly unknown[]): Condition {
  const conditions: Condition[] = [];
  if (found.kind === 'value' && found.type === 'boolean') {
    const wanted = new Set(operands.map((operand) => typed(leaf, found, operand ?? false)));
    if (wanted.size === 2) return everything;
    const yes = found.build((property) => compare(property, 'eq', true));
    // An unset boolean counts as false.
    const no = found.nullable ? negate(yes) : found.build((property) => compare(property, 'eq', false));
    return any(wanted.has(true) ? yes : nothing, wanted.has(false) ? no : nothing);
  }
  if (operands.some(isUnset)) conditions.push(negate(isSet(found)));
  const given = operands.filter((operand) => !isUnset(operand));
  if (found.kind === 'key') {
    if (given.length > 0) conditions.push(found.named(given.map((operand) => key(leaf, operand))));
  } else {
    const values: Operand[] = [];
    for (const operand of given) {
      const value = typed(leaf, found, operand);
      const stored = found.stored === undefined ? value : found.stored(value);
      if (stored !== undefined) values.push(stored);
    }
    const [first] = values;
    if (first !== undefined && values.length === 1) {
      conditions.push(found.build((property) => compare(property, 'eq', first)));
    } else if (values.length > 1) {
      conditions.push(found.build((property) => isIn(property, values)));
    }
  }
  return any(...conditions);
}

function equality(positive: boolean): LeafCompiler {
  return (leaf) => {
    const found = field(leaf);
    const condition = isOneOf(leaf, found, [leaf.operand]);
    return found.along(positive ? condition : negate(condition));
  };
}

function membership(positive: boolean): LeafCompiler {
  return (leaf) => {
    const found = field(leaf);
    const condition = isOneOf(leaf, found, list(leaf));
    return found.along(positive ? condition : negate(condition));
  };
}

/** `=?`: no condition at all when the operand is not set. */
function optionalEquality(leaf: DomainLeaf): Condition {
  const found = field(leaf);
  return isUnset(leaf.operand) ? everything : found.along(isOneOf(leaf, found, [leaf.operand]));
}

const unordered: ReadonlySet<string> = new Set(['boolean', 'json', 'binary']);

function ordering(operator: OrderOperator): LeafCompiler {
  return (leaf) => {
    const found = field(leaf);
    if (found.kind === 'key') return found.along(keyOrdering(leaf, found, operator));
    if (unordered.has(found.type)) refuse(leaf, 'the field has no order');
    const value = typed(leaf, found, leaf.operand);
    const stored = found.stored === undefined ? value : found.stored(value);
    if (stored === undefined) return nothing;
    return found.along(found.build((property) => compare(property, operator, stored)));
  };
}

function keyOrdering(leaf: DomainLeaf, found: KeyLeaf, operator: OrderOperator): Condition {
  // `('id', '>', 0)` is how clients of Odoo say "any": it asks for no order among keys.
  if (operator === 'gt' && leaf.operand === 0) return isSet(found);
  if (found.ordered === undefined) refuse(leaf, 'the field has no order');
  return found.ordered(operator, key(leaf, leaf.operand));
}

interface TextMatch {
  readonly operator: 'contains' | 'like';
  readonly ignoreCase: boolean;
  readonly positive: boolean;
}

function matching({ operator, ignoreCase, positive }: TextMatch): LeafCompiler {
  return (leaf) => {
    const found = field(leaf);
    const text = found.kind === 'key' ? found.label : found;
    if (text === undefined || text.type !== 'string') refuse(leaf, 'the field has no text to search');
    const { operand } = leaf;
    if (typeof operand !== 'string' || !isStorableText(operand)) refuse(leaf, 'a text is expected');
    if (operator === 'like' && endsInEscape(operand)) refuse(leaf, 'the pattern ends in an escape character');
    let condition: Condition;
    if (operator === 'contains' && operand === '') condition = found.kind === 'key' ? isSet(found) : everything;
    else condition = text.build((property) => compare(property, operator, operand, { ignoreCase }));
    return found.along(positive ? condition : negate(condition));
  };
}

/** An escape character with nothing behind it: PostgreSQL refuses such a pattern when it meets it. */
export function endsInEscape(pattern: string): boolean {
  let escapes = 0;
  while (pattern.charAt(pattern.length - 1 - escapes) === '\\') escapes += 1;
  return escapes % 2 === 1;
}

function hierarchy(direction: 'descendants' | 'ancestors'): LeafCompiler {
  return (leaf) => {
    const found = field(leaf);
    if (found.kind !== 'key' || found.hierarchy === undefined) refuse(leaf, 'the field has no hierarchy');
    const operands = Array.isArray(leaf.operand) ? list(leaf) : [leaf.operand];
    const keys = operands.filter((operand) => !isUnset(operand)).map((operand) => key(leaf, operand));
    return keys.length === 0 ? nothing : found.along(found.hierarchy(direction, keys));
  };
}

/** Every operator of a domain but `any` and `not any`, which hold domains themselves. */
export const leafOperators: ReadonlyMap<string, LeafCompiler> = new Map<string, LeafCompiler>([
  ['=', equality(true)],
  ['!=', equality(false)],
  ['>', ordering('gt')],
  ['>=', ordering('ge')],
  ['<', ordering('lt')],
  ['<=', ordering('le')],
  ['=?', optionalEquality],
  ['in', membership(true)],
  ['not in', membership(false)],
  ['like', matching({ operator: 'contains', ignoreCase: false, positive: true })],
  ['not like', matching({ operator: 'contains', ignoreCase: false, positive: false })],
  ['ilike', matching({ operator: 'contains', ignoreCase: true, positive: true })],
  ['not ilike', matching({ operator: 'contains', ignoreCase: true, positive: false })],
  ['=like', matching({ operator: 'like', ignoreCase: false, positive: true })],
  ['=ilike', matching({ operator: 'like', ignoreCase: true, positive: true })],
  ['child_of', hierarchy('descendants')],
  ['parent_of', hierarchy('ancestors')],
]);
