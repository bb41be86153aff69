import type { Client } from 'pg';
import type { Contender } from '../contenders.ts';
import { type RunningServer, withServer } from './child.ts';
import { Load } from './load.ts';
import { metered } from './metered.ts';
import type { Options } from './options.ts';
import { benchUrl } from './prepare.ts';
import { inRounds } from './rounds.ts';
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
  const { result, serverMicros, postgresMicros } = await metered(server, client, () => load.run(paths, seconds));
  const { requests, seconds: elapsed, latencies } = result;
  return {
    requestsPerSecond: requests / elapsed,
    p99Milliseconds: latencies[Math.min(requests - 1, Math.floor(requests * 0.99))] ?? Number.NaN,
    serverCpu: serverMicros / requests,
    postgresCpu: postgresMicros === undefined ? undefined : postgresMicros / requests,
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

/** Measures all contenders in all scenarios. */
export function measure(
  scenarios: readonly Scenario[],
  options: Options,
  client: Client,
  log: (line: string) => void,
): Promise<readonly Measurement[]> {
  return inRounds(options, (contender, round) => turn(contender, round, scenarios, options, client), log);
}
