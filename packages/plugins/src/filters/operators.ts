import {
  type Condition,
  compare,
  isIn,
  negate,
  nothing,
  type Operand,
  type ScalarType,
  type ValueLeaf,
} from '@sallyport/core';
import type { FilterOperator, FilterType } from './declaration.ts';

/** The operators of each type, the usual one first. */
export const operatorsOf: Readonly<Record<FilterType, readonly [FilterOperator, ...FilterOperator[]]>> = {
  exact: ['eq', 'ne'],
  contains: ['like', 'ilike'],
  range: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'],
  in: ['in'],
  nin: ['nin'],
  null: ['null'],
  boolean: ['eq'],
};

/** What each operator asks of a field. */
export const operatorWords: Readonly<Record<FilterOperator, string>> = {
  eq: 'equal to the value',
  ne: 'anything but the value, none included',
  gt: 'greater, later',
  gte: 'equal or greater, later',
  lt: 'less, earlier',
  lte: 'equal or less, earlier',
  like: 'contains the text',
  ilike: 'contains the text, in capitals or not',
  in: 'one of the values',
  nin: 'none of the values',
  null: 'true: has no value; false: has one',
};

const any: readonly ScalarType[] = [
  'string',
  'integer',
  'bigint',
  'number',
  'decimal',
  'boolean',
  'date',
  'time',
  'timestamp',
  'uuid',
];

/** The types of columns that each type of filter compares. */
export const columnsOf: Readonly<Record<FilterType, readonly ScalarType[]>> = {
  exact: any,
  contains: ['string'],
  range: any.filter((type) => type !== 'boolean' && type !== 'uuid'),
  in: any,
  nin: any,
  null: [...any, 'json', 'binary'],
  boolean: ['boolean'],
};

const orderings = { gt: 'gt', gte: 'ge', lt: 'lt', lte: 'le' } as const;

/** Rows that have a value. */
function isSet(leaf: ValueLeaf): Condition {
  return leaf.along(leaf.build((property) => compare(property, 'ne', null)));
}

function equals(leaf: ValueLeaf, operand: Operand): Condition {
  return leaf.along(leaf.build((property) => compare(property, 'eq', operand)));
}

/**
 * The condition of an operator on a field. `ne`, `nin` and a false boolean are the complement of their opposites: they
 * hold for rows without a value, too, and for no related row.
 *
 * @param operand a list for `in` and `nin`, a boolean for `null`; of the field's type otherwise
 */
export function conditionOn(
  leaf: ValueLeaf,
  operator: FilterOperator,
  operand: Operand | readonly Operand[],
): Condition {
  const stored = (value: Operand) => (leaf.stored === undefined ? value : leaf.stored(value));
  if (isList(operand)) {
    const values = operand.map(stored).filter((value) => value !== undefined);
    const among = values.length === 0 ? nothing : leaf.along(leaf.build((property) => isIn(property, values)));
    return operator === 'nin' ? negate(among) : among;
  }
  if (operator === 'null') return operand === true ? negate(isSet(leaf)) : isSet(leaf);
  if (operator === 'like' || operator === 'ilike') {
    if (operand === '') return isSet(leaf);
    const ignoreCase = operator === 'ilike';
    return leaf.along(leaf.build((property) => compare(property, 'contains', operand, { ignoreCase })));
  }
  const value = stored(operand);
  if (operator === 'eq' || operator === 'ne') {
    const equal = value === undefined ? nothing : value === false ? negate(equals(leaf, true)) : equals(leaf, value);
    return operator === 'ne' ? negate(equal) : equal;
  }
  if (value === undefined) return nothing;
  const ordering = orderings[operator as keyof typeof orderings]; // the others have been answered
  return leaf.along(leaf.build((property) => compare(property, ordering, value)));
}

function isList(operand: Operand | readonly Operand[]): operand is readonly Operand[] {
  return Array.isArray(operand);
}
