import type { CallContext } from '@sallyport/core';
import type { FilterNode } from './declaration.ts';
import { malformedNode, tooDeep } from './faults.ts';

/** One comparison, its names not judged yet. */
export interface ParsedLeaf {
  readonly kind: 'leaf';
  readonly name: string;
  readonly operator: string;
  readonly value: unknown;
  /** Answers the value for each call: of presets only. */
  readonly answers?: (call: CallContext) => unknown;
  /** Whether the value is text of an address. */
  readonly isText: boolean;
}

export type ParsedNode =
  | ParsedLeaf
  | { readonly kind: 'group'; readonly logic: 'AND' | 'OR'; readonly nodes: readonly ParsedNode[] };

const leafMembers: ReadonlySet<string> = new Set(['field', 'operator', 'value']);
const groupMembers: ReadonlySet<string> = new Set(['logic', 'conditions']);

/**
 * Reads the conditions of a body. Only their shape is judged; nothing is looked up.
 *
 * @throws SallyportError `invalid_body`, `filter_too_complex`
 */
export function parseNodes(
  list: readonly unknown[],
  maxDepth: number,
  path: readonly (string | number)[],
  depth = 0,
): readonly ParsedNode[] {
  return list.map((node, index) => parseNode(node, maxDepth, [...path, index], depth));
}

function parseNode(node: unknown, maxDepth: number, path: readonly (string | number)[], depth: number): ParsedNode {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    throw malformedNode(path, 'type', 'This must be a condition: an object.', 'object');
  }
  const members = node as Readonly<Record<string, unknown>>; // an object, by the line above
  const isGroup = 'conditions' in members || 'logic' in members;
  const known = isGroup ? groupMembers : leafMembers;
  // Refused however lenient the API is: a member that is passed over may be one that narrows.
  const stray = Object.keys(members).find((name) => !known.has(name));
  if (stray !== undefined) {
    throw malformedNode([...path, stray], 'unknown', 'This member is not accepted.');
  }
  return isGroup ? parseGroup(members, maxDepth, path, depth) : parseLeaf(members, path);
}

function parseGroup(
  { logic, conditions }: Readonly<Record<string, unknown>>,
  maxDepth: number,
  path: readonly (string | number)[],
  depth: number,
): ParsedNode {
  if (depth >= maxDepth) throw tooDeep(maxDepth);
  if (logic === undefined) throw malformedNode([...path, 'logic'], 'required', 'This member is required.');
  if (logic !== 'AND' && logic !== 'OR') {
    throw malformedNode([...path, 'logic'], 'enum', 'This must be AND or OR.', ['AND', 'OR']);
  }
  const at = [...path, 'conditions'];
  if (conditions === undefined) throw malformedNode(at, 'required', 'This member is required.');
  if (!Array.isArray(conditions)) throw malformedNode(at, 'type', 'This must be a list of conditions.', 'array');
  // All of nothing would hold for every record.
  if (conditions.length === 0) throw malformedNode(at, 'too_few', 'A group needs one condition or more.', 1);
  return { kind: 'group', logic, nodes: parseNodes(conditions, maxDepth, at, depth + 1) };
}

function parseLeaf(
  { field, operator = 'eq', value }: Readonly<Record<string, unknown>>,
  path: readonly (string | number)[],
): ParsedLeaf {
  if (field === undefined) throw malformedNode([...path, 'field'], 'required', 'This member is required.');
  if (typeof field !== 'string') throw malformedNode([...path, 'field'], 'type', 'This must be a text.', 'string');
  if (typeof operator !== 'string') {
    throw malformedNode([...path, 'operator'], 'type', 'This must be a text.', 'string');
  }
  if (value === undefined) throw malformedNode([...path, 'value'], 'required', 'This member is required.');
  return { kind: 'leaf', name: field, operator, value, isText: false };
}

/** The conditions of a preset: declared, not sent. */
export function declaredNodes(nodes: readonly FilterNode[]): readonly ParsedNode[] {
  return nodes.map((node): ParsedNode => {
    if ('logic' in node) return { kind: 'group', logic: node.logic, nodes: declaredNodes(node.conditions) };
    const { field, operator = 'eq', value } = node;
    const leaf = { kind: 'leaf', name: field, operator, isText: false } as const;
    return typeof value === 'function' ? { ...leaf, value: undefined, answers: value } : { ...leaf, value };
  });
}

/** All comparisons of some conditions. */
export function leavesOf(nodes: readonly ParsedNode[]): readonly ParsedLeaf[] {
  return nodes.flatMap((node) => (node.kind === 'leaf' ? [node] : leavesOf(node.nodes)));
}
