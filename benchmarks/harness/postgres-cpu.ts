import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

/** CPU microseconds of each PostgreSQL backend by process id. */
export type BackendCpu = ReadonlyMap<number, number>;

function clockTicks(): number {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100;
  } catch {
    return 100;
  }
}

const microsPerTick = 1_000_000 / clockTicks();

/** User and system time of `/proc/<pid>/stat`, when that process is a PostgreSQL backend on this machine. */
async function processMicros(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    if (!stat.slice(0, end).includes('postgres')) return undefined;
    const fields = stat.slice(end + 2).split(' '); // from field 3, the state; utime and stime are fields 14 and 15
    return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
  } catch {
    return undefined;
  }
}

/**
 * Reads the CPU time of all backends of the benchmark's database but the asking one. Gives `undefined` where it cannot be
 * read: a database on another machine or in another container, a system without `/proc`.
 */
export async function readBackendCpu(client: Client): Promise<BackendCpu | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const result = new Map<number, number>();
  for (const { pid } of rows) {
    const micros = await processMicros(pid);
    if (micros === undefined) return undefined;
    result.set(pid, micros);
  }
  return result;
}

/** Microseconds used between two readings; a backend that is new in the second counts from its start. */
export function usedBetween(before: BackendCpu | undefined, after: BackendCpu | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  let sum = 0;
  for (const [pid, micros] of after) sum += micros - (before.get(pid) ?? 0);
  return sum;
}
