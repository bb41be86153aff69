import type { Client } from 'pg';
import type { Contender } from '../contenders.ts';
import { type RunningServer, withServer } from './child.ts';
import { Load } from './load.ts';
import type { Options } from './options.ts';
import { readBackendCpu, usedBetween } from './postgres-cpu.ts';
import { benchUrl } from './prepare.ts';
import type { Scenario } from './scenarios.ts';

/** The figures of one contender in one scenario and one round. */
export interface Measurement {
  readonly contender: string;
  readonly scenario: string;
  readonly round: number;
  readonly requestsPerSecond: number;
  readonly p99Milliseconds: number;
  /** Microseconds of the server's CPU for each request. */
  readonly serverCpu: number;
  /** Microseconds of PostgreSQL's CPU for each request; `undefined` where it cannot be read. */
  readonly postgresCpu: number | undefined;
}

type Figures = Omit<Measurement, 'contender' | 'scenario' | 'round'>;

async function measureOne(
  server: RunningServer,
  load: Load,
  paths: readonly string[],
  seconds: number,
  client: Client,
): Promise<Figures> {
  const postgresBefore = await readBackendCpu(client);
  const serverBefore = await server.cpuMicros();
  const { requests, seconds: elapsed, latencies } = await load.run(paths, seconds);
  const serverAfter = await server.cpuMicros();
  const postgres = usedBetween(postgresBefore, await readBackendCpu(client));
  return {
    requestsPerSecond: requests / elapsed,
    p99Milliseconds: latencies[Math.min(requests - 1, Math.floor(requests * 0.99))] ?? Number.NaN,
    serverCpu: (serverAfter - serverBefore) / requests,
    postgresCpu: postgres === undefined ? undefined : postgres / requests,
  };
}

/** One contender's turn: a fresh process, then each scenario with its warm-up. */
function turn(
  contender: Contender,
  round: number,
  scenarios: readonly Scenario[],
  options: Options,
  client: Client,
): Promise<Measurement[]> {
  return withServer(contender, benchUrl(options.serverUrl), async (server) => {
    const load = new Load(server.origin, options.connections);
    const results: Measurement[] = [];
    try {
      for (const { name, paths } of scenarios) {
        await load.run(paths, options.warmup);
        const figures = await measureOne(server, load, paths, options.seconds, client);
        results.push({ contender: contender.name, scenario: name, round, ...figures });
      }
    } finally {
      await load.close();
    }
    return results;
  });
}

/**
 * Runs all rounds. In each round every contender has one turn, and the order moves on by one from round to round, so that
 * whatever else the machine does falls on all of them.
 */
export async function measure(
  scenarios: readonly Scenario[],
  options: Options,
  client: Client,
  log: (line: string) => void,
): Promise<readonly Measurement[]> {
  const results: Measurement[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const first = round % options.contenders.length;
    const order = [...options.contenders.slice(first), ...options.contenders.slice(0, first)];
    for (const contender of order) {
      const measured = await turn(contender, round, scenarios, options, client);
      results.push(...measured);
      const figures = measured.map(
        (one) => `${one.scenario} ${one.requestsPerSecond.toFixed(0)}/s ${one.serverCpu.toFixed(0)} µs`,
      );
      log(`round ${round + 1}/${options.rounds}  ${contender.name.padEnd(18)} ${figures.join('   ')}`);
    }
  }
  return results;
}
