import type { SallyportError } from '../errors/index.ts';
import { invalidParameter, type ParameterFault, quoted } from './fault.ts';
import type { QueryGate } from './gate.ts';
import type { OrderTerm } from './order.ts';

/** How an order is read. */
export interface OrderOptions {
  /** `words`: `name asc, id desc`. `signs`: `-name,birthDate`. */
  readonly style: 'words' | 'signs';
  /** The parameter's name, for errors. */
  readonly parameter?: string;
  /** Most terms; 5 unless told. */
  readonly maximum?: number;
  /**
   * A name that cannot be sorted by: `refuse` it (the default), `ignore` that term, or sort by the `default` order
   * instead of the whole text. With `default` no text is refused.
   */
  readonly unknown?: 'refuse' | 'ignore' | 'default';
  /** Answered in place of `invalid_parameter`. */
  readonly error?: ParameterFault;
}

/** Longest text that is looked at. */
const longest = 1024;

const forms = {
  words: /^([^\s,]+)(?:\s+(asc|desc))?$/i,
  signs: /^(-?)([^\s,]+)$/,
} as const;

/**
 * Reads an order through the gate. It always ends in the primary key, so that it is total; an empty text means the
 * gate's default order.
 *
 * @throws SallyportError `invalid_parameter`; the same for an unknown name and for one the caller may not sort by.
 * @see docs/reference/ordering.md
 */
export function parseOrder(text: string | undefined, gate: QueryGate, options: OrderOptions): readonly OrderTerm[] {
  const { style, parameter = 'order', maximum = 5, unknown = 'refuse', error } = options;
  if (text === undefined || text.trim() === '') return totalOrder(gate.defaultOrder, gate);
  const refuse = (message: string): SallyportError => invalidParameter(parameter, message, error);

  function read(given: string): readonly OrderTerm[] | SallyportError {
    if (given.length > longest) return refuse(`it is longer than ${longest} characters`);
    const parts = given.split(',');
    if (parts.length > maximum) return refuse(`more than ${maximum} fields`);
    const names = new Set<string>();
    const terms: OrderTerm[] = [];
    for (const part of parts) {
      const term = readTerm(part.trim(), style);
      if (term === undefined) return refuse(`${quoted(part.trim())} is not a field and a direction`);
      if (names.has(term.name)) return refuse(`${quoted(term.name)} is given twice`);
      names.add(term.name);
      const found = gate.sort(term.name);
      if (found !== undefined) terms.push(...(term.descending ? reverseOrder(found) : found));
      else if (unknown !== 'ignore') return refuse(`${quoted(term.name)} is not a field that can be sorted by`);
    }
    return terms;
  }

  const terms = read(text);
  if (!(terms instanceof Error)) return totalOrder(terms.length === 0 ? gate.defaultOrder : terms, gate);
  if (unknown === 'default') return totalOrder(gate.defaultOrder, gate);
  throw terms;
}

function readTerm(text: string, style: OrderOptions['style']): { name: string; descending: boolean } | undefined {
  const [whole, first = '', second = ''] = forms[style].exec(text) ?? [];
  if (whole === undefined) return undefined;
  if (style === 'signs') return { name: second, descending: first === '-' };
  return { name: first, descending: second.toLowerCase() === 'desc' };
}

/** The order that reads backwards: each direction turned, and with it the place of nulls. */
export function reverseOrder(order: readonly OrderTerm[]): readonly OrderTerm[] {
  return order.map((term) => ({ ...term, direction: term.direction === 'asc' ? 'desc' : 'asc' }));
}

function isSame(left: OrderTerm, right: OrderTerm): boolean {
  return (
    left.property === right.property &&
    left.through.length === right.through.length &&
    left.through.every((relation, index) => relation === right.through[index])
  );
}

/** The order without columns that come again, ending in the primary key; what stood behind the key decides nothing. */
export function totalOrder(
  order: readonly OrderTerm[],
  { primaryKey }: Pick<QueryGate, 'primaryKey'>,
): readonly OrderTerm[] {
  const key: OrderTerm = { property: primaryKey, through: [], direction: 'asc' };
  const terms: OrderTerm[] = [];
  for (const term of [...order, key]) {
    if (terms.some((former) => isSame(former, term))) continue;
    terms.push(term);
    if (isSame(term, key)) break;
  }
  return terms;
}
