import type { ScalarType } from '../store/model.ts';
import { canonicalTimestamp, isCalendarDate, isTimeOfDay } from './calendar.ts';
import type { Operand } from './condition.ts';

/** What an operand must be: the type of its field, and the field's values when there is a closed list. */
export interface OperandType {
  readonly type: ScalarType;
  readonly values?: readonly (string | number)[] | undefined;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const wholeNumber = /^-?(?:0|[1-9][0-9]{0,18})$/;
const decimalNumber = /^-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,100})?$/;
const floatingNumber = /^-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,100})?(?:[eE][+-]?[0-9]{1,3})?$/;

const int4 = 2 ** 31;
const int8 = 2n ** 63n;

/** What a caller is told that a field takes. */
export function expected({ type, values }: OperandType): string {
  if (values !== undefined) return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  switch (type) {
    case 'string':
      return 'a text';
    case 'integer':
    case 'bigint':
      return 'a whole number';
    case 'number':
    case 'decimal':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'date':
      return 'a date in the form YYYY-MM-DD';
    case 'time':
      return 'a time in the form HH:MM:SS';
    case 'timestamp':
      return 'a date and time in the form YYYY-MM-DDTHH:MM:SSZ';
    case 'uuid':
      return 'a UUID';
    default:
      return 'no value to compare with';
  }
}

/**
 * A text that PostgreSQL can be given: it cannot hold a NUL in any text, so nothing equals such a text, and it must
 * not become a fault of the database.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\0');
}

function textOperand({ type }: OperandType, text: string): Operand | undefined {
  switch (type) {
    case 'string':
      return isStorableText(text) ? text : undefined;
    case 'bigint':
      if (!wholeNumber.test(text) || BigInt(text) >= int8 || BigInt(text) < -int8) return undefined;
      return text === '-0' ? '0' : text;
    case 'decimal':
      return decimalNumber.test(text) ? text : undefined;
    case 'date':
      return isCalendarDate(text) ? text : undefined;
    case 'time':
      return isTimeOfDay(text) ? text : undefined;
    case 'timestamp':
      return canonicalTimestamp(text);
    case 'uuid':
      return uuid.test(text) ? text.toLowerCase() : undefined;
    default:
      return undefined;
  }
}

function numberOperand({ type }: OperandType, value: number): Operand | undefined {
  switch (type) {
    case 'integer':
      return Number.isInteger(value) && value >= -int4 && value < int4 ? value + 0 : undefined;
    case 'bigint':
      return Number.isSafeInteger(value) ? String(value) : undefined;
    case 'number':
      return Number.isFinite(value) ? value : undefined;
    case 'decimal':
      return Number.isFinite(value) ? String(value) : undefined;
    default:
      return undefined;
  }
}

/**
 * A value of JSON or of a literal as the operand of a field: strictly of the field's type, nothing is converted that
 * could mean something else.
 *
 * @returns undefined when the field does not take the value. Null is not a value here.
 */
export function operandOf(type: OperandType, value: unknown): Operand | undefined {
  let operand: Operand | undefined;
  if (typeof value === 'string') operand = textOperand(type, value);
  else if (typeof value === 'number') operand = numberOperand(type, value);
  else if (typeof value === 'boolean' && type.type === 'boolean') operand = value;
  if (operand === undefined || type.values === undefined) return operand;
  return type.values.some((allowed) => allowed === operand) ? operand : undefined;
}

/** The same for a parameter of a query string, where numbers and booleans are written as text. */
export function operandOfText(type: OperandType, text: string): Operand | undefined {
  switch (type.type) {
    case 'integer':
      return wholeNumber.test(text) ? operandOf(type, Number(text)) : undefined;
    case 'number':
      return floatingNumber.test(text) ? operandOf(type, Number(text)) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    default:
      return operandOf(type, text);
  }
}
