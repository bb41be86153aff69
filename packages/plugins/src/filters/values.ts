import { expected, type JsonSchema, type Operand, operandOf, operandOfText, type ScalarType } from '@sallyport/core';
import type { FilterOperator } from './declaration.ts';
import { badValue, tooManyValues } from './faults.ts';

/** What the values of a filter are. */
export interface ValueShape {
  readonly name: string;
  readonly type: ScalarType;
  readonly values?: readonly (string | number)[] | undefined;
  readonly maxValues: number;
}

/** Longest text that is compared. */
const longest = 1000;
const truths: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['true', true],
  ['1', true],
  ['yes', true],
  [false, false],
  [0, false],
  ['false', false],
  ['0', false],
  ['no', false],
]);

/** `ValueShape` of a filter that is only asked whether there is a value, or whether it is true. */
function isTrue(shape: ValueShape, value: unknown): boolean {
  const truth = truths.get(typeof value === 'string' ? value.toLowerCase() : value);
  if (truth === undefined) throw badValue(shape.name, 'true or false');
  return truth;
}

function one(shape: ValueShape, value: unknown, isText: boolean): Operand {
  if (shape.type === 'boolean') return isTrue(shape, value);
  if (typeof value === 'string' && value.length > longest) throw badValue(shape.name, `at most ${longest} characters`);
  const operand = isText && typeof value === 'string' ? operandOfText(shape, value) : operandOf(shape, value);
  if (operand === undefined) throw badValue(shape.name, expected(shape));
  return operand;
}

/**
 * A value as the filter's operator takes it: strictly of its type, nothing is guessed.
 *
 * @param isText whether it comes from an address, where numbers are written as text
 * @throws SallyportError `malformed_filter`, `filter_too_many_values`
 */
export function readValue(
  shape: ValueShape,
  operator: FilterOperator,
  value: unknown,
  isText: boolean,
): Operand | readonly Operand[] {
  if (operator === 'null') return isTrue(shape, value);
  if (operator !== 'in' && operator !== 'nin') return one(shape, value, isText);
  const isJoined = typeof value === 'string';
  const values: unknown = isJoined ? value.split(',') : value;
  if (!Array.isArray(values)) throw badValue(shape.name, 'a list of values');
  if (values.length > shape.maxValues) throw tooManyValues(values.length, shape.maxValues, shape.name);
  if (values.length === 0 || value === '') throw badValue(shape.name, 'a list of one value or more');
  return values.map((each) => one(shape, isJoined ? each.trim() : each, isText || isJoined));
}

const schemas: Readonly<Partial<Record<ScalarType, JsonSchema>>> = {
  integer: { type: 'integer' },
  bigint: { type: ['integer', 'string'] },
  number: { type: 'number' },
  decimal: { type: ['number', 'string'] },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  // A date alone is 00:00 UTC of that day.
  timestamp: {
    anyOf: [
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'date' },
    ],
  },
  uuid: { type: 'string', format: 'uuid' },
};

/** The schema of the values that an operator takes. */
export function valueSchema({ type, values, maxValues }: ValueShape, operator: FilterOperator): JsonSchema {
  if (operator === 'null') return { type: 'boolean' };
  const single: JsonSchema = {
    ...(schemas[type] ?? { type: 'string', maxLength: longest }),
    ...(values === undefined ? {} : { enum: [...values] }),
  };
  if (operator !== 'in' && operator !== 'nin') return single;
  return { anyOf: [{ type: 'array', items: single, minItems: 1, maxItems: maxValues }, { type: 'string' }] };
}
