import { invalidParameter, type ParameterFault } from './fault.ts';

/** How a limit is read. */
export interface LimitOptions {
  readonly default: number;
  readonly maximum: number;
  /** 1 unless told; 0 lets a caller ask for the count alone. */
  readonly minimum?: number;
  /** The parameter's name, for errors. */
  readonly parameter?: string;
  readonly error?: ParameterFault;
}

/** How an offset is read. */
export interface OffsetOptions {
  /** 10 000 unless told; deeper pages are for cursors. */
  readonly maximum?: number | bigint;
  readonly parameter?: string;
  readonly error?: ParameterFault;
}

/** Where a page begins. */
export interface Offset {
  /** Rows to skip; for an offset past 2^53 the largest whole number, behind the end of any table. */
  readonly rows: number;
  /** As it was asked for. */
  readonly exact: bigint;
}

/** The largest offset that PostgreSQL takes. */
export const largestOffset = 2n ** 63n - 1n;

const digits = /^-?[0-9]{1,100}$/;

function readWhole(
  text: string,
  minimum: bigint,
  maximum: bigint,
  parameter: string,
  error: ParameterFault | undefined,
): bigint {
  const message = `a whole number from ${minimum} to ${maximum} is expected`;
  if (!digits.test(text)) throw invalidParameter(parameter, message, error, { code: 'type', input: text });
  const value = BigInt(text);
  if (value < minimum) {
    throw invalidParameter(parameter, message, error, { code: 'minimum', expected: Number(minimum), input: text });
  }
  if (value > maximum) {
    throw invalidParameter(parameter, message, error, { code: 'maximum', expected: Number(maximum), input: text });
  }
  return value;
}

/**
 * Reads how many records a page may have. Above the maximum is an error, never a silent cut.
 *
 * @throws SallyportError `invalid_parameter`
 */
export function parseLimit(text: string | undefined, options: LimitOptions): number {
  const { maximum, minimum = 1, parameter = 'limit', error } = options;
  if (text === undefined || text === '') return options.default;
  return Number(readWhole(text, BigInt(minimum), BigInt(maximum), parameter, error));
}

/**
 * Reads how many records come before the page.
 *
 * @throws SallyportError `invalid_parameter`
 */
export function parseOffset(text: string | undefined, options: OffsetOptions = {}): Offset {
  const { maximum = 10_000, parameter = 'offset', error } = options;
  const exact = text === undefined || text === '' ? 0n : readWhole(text, 0n, BigInt(maximum), parameter, error);
  const rows = exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exact);
  return { rows, exact };
}
