import type { Client } from 'pg';
import type { RunningServer } from './child.ts';
import { readBackendCpu, usedBetween } from './postgres-cpu.ts';

/** What some work has cost, in microseconds of CPU. */
export interface Metered<T> {
  readonly result: T;
  readonly serverMicros: number;
  /** `undefined` where it cannot be read. */
  readonly postgresMicros: number | undefined;
}

/** Does work with a server, and reads what it cost the server and PostgreSQL. */
export async function metered<T>(server: RunningServer, client: Client, work: () => Promise<T>): Promise<Metered<T>> {
  const postgresBefore = await readBackendCpu(client);
  const serverBefore = await server.cpuMicros();
  const result = await work();
  const serverAfter = await server.cpuMicros();
  const postgresMicros = usedBetween(postgresBefore, await readBackendCpu(client));
  return { result, serverMicros: serverAfter - serverBefore, postgresMicros };
}
