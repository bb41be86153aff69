import { execFileSync } from 'node:child_process';
import type { Contender } from '../../contenders.ts';
import { positive } from '../options.ts';
import { authLimit, tokenServers } from './contenders.ts';

/** The parts of the benchmark, each of which can be run alone. */
export const parts = ['tokens', 'refusals', 'flood'] as const;

export type Part = (typeof parts)[number];

/** What one run of `bench:auth` does. */
export interface AuthOptions {
  /** Where PostgreSQL is; the benchmark makes a database of its own there. */
  readonly serverUrl: string;
  readonly parts: readonly Part[];
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** Seconds measured, for each contender, scenario and round; of a flood too. */
  readonly seconds: number;
  readonly warmup: number;
  readonly connections: number;
  /** Tries for each cause of a refusal. */
  readonly tries: number;
  /** Wrong secrets that are on their way at any moment of a flood. */
  readonly flood: number;
  /** Connections that read meanwhile. */
  readonly readers: number;
  /** What is put before the server's command so that it has one core; empty where it cannot be. */
  readonly oneCore: readonly string[];
  /** Whether everything is measured as long as it should be: only then a report is kept. */
  readonly whole: boolean;
}

function chosen<Name extends string>(variable: string, all: readonly Name[], always?: Name): readonly Name[] {
  const names = (process.env[variable] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  for (const name of names) {
    if (!all.some((one) => one === name)) throw new Error(`${variable}: no "${name}"; there are ${all.join(', ')}`);
  }
  return names.length === 0 ? all : all.filter((one) => one === always || names.includes(one));
}

function oneCore(): readonly string[] {
  const command = ['taskset', '-c', '0'];
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return command;
  } catch {
    return [];
  }
}

/** Reads the options from the environment and the command line (`--quick`: two rounds of two seconds, 100 tries). */
export function readAuthOptions(args: readonly string[]): AuthOptions {
  const quick = args.includes('--quick');
  const chosenParts = chosen('BENCH_PARTS', parts);
  const names = chosen(
    'BENCH_ONLY',
    tokenServers.map(({ name }) => name),
    authLimit,
  );
  return {
    serverUrl: process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    parts: chosenParts,
    contenders: tokenServers.filter(({ name }) => names.includes(name)),
    rounds: positive('BENCH_ROUNDS', quick ? 2 : 5),
    seconds: positive('BENCH_SECONDS', quick ? 2 : 5),
    warmup: positive('BENCH_WARMUP', quick ? 1 : 2),
    connections: positive('BENCH_CONNECTIONS', 32),
    tries: positive('BENCH_TRIES', quick ? 100 : 400),
    flood: positive('BENCH_FLOOD', 200),
    readers: positive('BENCH_READERS', 16),
    oneCore: oneCore(),
    whole: !quick && chosenParts.length === parts.length && names.length === tokenServers.length,
  };
}
