import { type Contender, contenders, limit } from '../contenders.ts';

/** What one run of the benchmark does. */
export interface Options {
  /** Where PostgreSQL is; the benchmark makes a database of its own there. */
  readonly serverUrl: string;
  /** Rows of `partner`. */
  readonly rows: number;
  readonly rounds: number;
  /** Seconds measured, for each contender, scenario and round. */
  readonly seconds: number;
  /** Seconds of load before that, not measured. */
  readonly warmup: number;
  readonly connections: number;
  readonly contenders: readonly Contender[];
}

/** A positive number from the environment. */
export function positive(name: string, fallback: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a positive number, not "${text}"`);
  return value;
}

function chosen(): readonly Contender[] {
  const names = (process.env.BENCH_ONLY ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  for (const name of names) {
    if (!contenders.some((one) => one.name === name)) {
      throw new Error(`BENCH_ONLY: no contender "${name}"; there are ${contenders.map((one) => one.name).join(', ')}`);
    }
  }
  return names.length === 0 ? contenders : contenders.filter((one) => one.name === limit || names.includes(one.name));
}

/** Reads the options from the environment and the command line (`--quick`: two rounds of two seconds). */
export function readOptions(args: readonly string[]): Options {
  const quick = args.includes('--quick');
  return {
    serverUrl: process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    rows: positive('BENCH_ROWS', 50_000),
    rounds: positive('BENCH_ROUNDS', quick ? 2 : 5),
    seconds: positive('BENCH_SECONDS', quick ? 2 : 5),
    warmup: positive('BENCH_WARMUP', quick ? 1 : 2),
    connections: positive('BENCH_CONNECTIONS', 32),
    contenders: chosen(),
  };
}
