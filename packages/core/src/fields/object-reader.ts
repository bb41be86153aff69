import type { Row, RowReader } from '../store/selection.ts';

/** A reader that only takes a slot of the row says which, so that it can be inlined. */
export interface SlotReader extends RowReader<unknown> {
  readonly slot?: number;
}

/** One member of the object that is made of a row. */
export interface MemberReader {
  readonly name: string;
  /** Answers `undefined` for unset. */
  readonly read: SlotReader;
  /** What stands for unset when it is printed. */
  readonly unset: unknown;
}

type ObjectReader = RowReader<Record<string, unknown>>;

/** Marks a reader as one that only takes a slot; null stands for unset. */
export function slotReader(column: RowReader<unknown>, slot: number): SlotReader {
  const read: SlotReader = (row) => {
    const raw = column(row);
    return raw === null ? undefined : raw;
  };
  return Object.assign(read, { slot });
}

/**
 * Makes the function that turns a row into an object. It is generated, once for each shape, so that all objects of a
 * shape are made by one literal: that is what engines are fastest at, and `JSON.stringify` too. Names come from
 * descriptors and are quoted as JSON; values never become code.
 */
export function objectReader(members: readonly MemberReader[], nulls: 'print' | 'omit'): ObjectReader {
  const readers = members.map(({ read }) => read);
  const unset = members.map((member) => member.unset);
  const source = nulls === 'print' ? printing(members) : omitting(members);
  // `__proto__` as a quoted key of a literal would set the prototype.
  if (members.some(({ name }) => name === '__proto__')) throw new Error('a member cannot be called __proto__');
  const make = new Function('read', 'unset', source) as (
    read: readonly RowReader<unknown>[],
    unset: readonly unknown[],
  ) => (row: Row) => Record<string, unknown>;
  return make(readers, unset);
}

function printing(members: readonly MemberReader[]): string {
  const lines = members.map(({ name, read, unset }, index) => {
    const key = JSON.stringify(name);
    if (read.slot !== undefined && unset === null) return `${key}: row[${read.slot}]`;
    return `${key}: (value = read[${index}](row)) === undefined ? unset[${index}] : value`;
  });
  return `return (row) => { let value; return { ${lines.join(', ')} }; };`;
}

function omitting(members: readonly MemberReader[]): string {
  const lines = members.map(({ name }, index) => {
    const key = JSON.stringify(name);
    return `value = read[${index}](row); if (value !== undefined) result[${key}] = value;`;
  });
  return `return (row) => { let value; const result = {}; ${lines.join(' ')} return result; };`;
}
