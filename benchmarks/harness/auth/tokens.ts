import type { Client } from 'pg';
import type { Contender } from '../../contenders.ts';
import { type RunningServer, withServer } from '../child.ts';
import type { Measurement } from '../measure.ts';
import { metered } from '../metered.ts';
import { inRounds } from '../rounds.ts';
import { checkTokenServer } from './check.ts';
import { AuthLoad, inTurn, p99 } from './load.ts';
import type { AuthOptions } from './options.ts';
import { authUrl, type Cast, withoutTokens } from './prepare.ts';
import { type AuthRequest, grant, guarded, type Held, introspect, revoke, tokenIn, unguarded } from './requests.ts';

/** A kind of request that is measured. */
export interface TokenScenario {
  readonly name: 'grant' | 'open' | 'guarded' | 'introspect' | 'revoke';
  readonly title: string;
}

/** The scenarios in their order: grants make the tokens that the others use. */
export const tokenScenarios: readonly TokenScenario[] = [
  { name: 'grant', title: 'Grant: `client_credentials` by Basic' },
  { name: 'open', title: 'A constant route that is open to all' },
  { name: 'guarded', title: 'The same route for bearers: a token seen before' },
  { name: 'introspect', title: 'Introspection of a token by its client' },
  { name: 'revoke', title: 'Revocation of a token by its client' },
];

/** Tokens that are used again and again, few enough that every server can remember them. */
const repeatedTokens = 100;

function requestsOf(cast: Cast): (name: TokenScenario['name']) => () => AuthRequest | undefined {
  const held: Held[] = [];
  const person = inTurn(cast.clients);
  return (name) => {
    if (name === 'grant') {
      return () => {
        const one = person();
        return grant(one, (body) => held.push({ person: one, token: tokenIn(body) }));
      };
    }
    if (name === 'open') return unguarded;
    if (name === 'revoke') {
      // Those that are used again go last, and no token is revoked twice: then there are no more.
      return () => {
        const one = held.pop();
        return one && revoke(one);
      };
    }
    const one = inTurn(held.slice(0, repeatedTokens));
    return name === 'guarded' ? () => guarded(one()) : () => introspect(one());
  };
}

type Next = () => AuthRequest | undefined;

type Figures = Omit<Measurement, 'contender' | 'scenario' | 'round'>;

/** What one scenario has come to so far, over its slices. */
interface Sum {
  requests: number;
  seconds: number;
  serverMicros: number;
  /** `undefined` where it cannot be read. */
  postgresMicros: number | undefined;
  readonly latencies: number[];
}

async function addSlice(server: RunningServer, load: AuthLoad, next: Next, seconds: number, client: Client, sum: Sum) {
  const { result, serverMicros, postgresMicros } = await metered(server, client, () => load.run(next, seconds));
  const { requests, seconds: elapsed, latencies } = result;
  sum.requests += requests;
  sum.seconds += elapsed;
  sum.serverMicros += serverMicros;
  sum.postgresMicros =
    sum.postgresMicros === undefined || postgresMicros === undefined ? undefined : sum.postgresMicros + postgresMicros;
  for (const latency of latencies) sum.latencies.push(latency);
}

function figuresOf({ requests, seconds, serverMicros, postgresMicros, latencies }: Sum): Figures {
  if (requests === 0) throw new Error('nothing was left to send');
  return {
    requestsPerSecond: requests / seconds,
    p99Milliseconds: p99(Float64Array.from(latencies).sort()),
    serverCpu: serverMicros / requests,
    postgresCpu: postgresMicros === undefined ? undefined : postgresMicros / requests,
  };
}

/** The scenarios that are measured together, in slices by turns: the difference between them counts. */
const groups: readonly (readonly TokenScenario['name'][])[] = [
  ['grant'],
  ['open', 'guarded'],
  ['introspect'],
  ['revoke'],
];

const slices = 10;

/** One contender's turn: a fresh process on one core, then each scenario with its warm-up. */
function turn(contender: Contender, round: number, cast: Cast, options: AuthOptions, client: Client) {
  const measureAll = async (server: RunningServer): Promise<Measurement[]> => {
    if (round === 0) await checkTokenServer(server, cast.clients);
    const load = new AuthLoad(server.origin, options.connections);
    const requests = requestsOf(cast);
    const results: Measurement[] = [];
    try {
      for (const names of groups) {
        const group = names.map((name) => {
          const sum: Sum = { requests: 0, seconds: 0, serverMicros: 0, postgresMicros: 0, latencies: [] };
          return { name, next: requests(name), sum };
        });
        for (const { name, next } of group)
          await load.run(next, name === 'revoke' ? options.warmup / 4 : options.warmup);
        const parts = group.length === 1 ? 1 : slices;
        for (let slice = 0; slice < parts; slice += 1) {
          for (const { next, sum } of group) await addSlice(server, load, next, options.seconds / parts, client, sum);
        }
        for (const { name, sum } of group) {
          results.push({ contender: contender.name, scenario: name, round, ...figuresOf(sum) });
        }
      }
    } finally {
      await load.close();
    }
    return results;
  };
  return withServer(contender, authUrl(options.serverUrl), measureAll, options.oneCore);
}

/** Runs all rounds, each turn without the tokens of the one before. */
export function measureTokens(
  cast: Cast,
  options: AuthOptions,
  client: Client,
  log: (line: string) => void,
): Promise<readonly Measurement[]> {
  const oneTurn = async (contender: Contender, round: number) => {
    await withoutTokens(client);
    return turn(contender, round, cast, options, client);
  };
  return inRounds(options, oneTurn, log);
}
