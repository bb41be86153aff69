import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Person } from '../../servers/auth/sallyport-api.ts';
import { authPaths } from '../../servers/shared/auth-wire.ts';
import { type RunningServer, withServer } from '../child.ts';
import { median } from '../report.ts';
import { type Deployment, floodedDeployments } from './contenders.ts';
import { AuthLoad, inTurn, p99 } from './load.ts';
import type { AuthOptions } from './options.ts';
import { authUrl, type Cast, type FloodCast, noteCount } from './prepare.ts';
import { type AuthRequest, formHeaders, grantBody, tokenIn } from './requests.ts';

/**
 * How wrong secrets come: all at once, each second, or each connection's next as soon as its last is answered; from one
 * address, or from another network with every request, so that limits by address do not see them (as bursts do).
 */
export type FloodKind = 'bursts' | 'steady-one' | 'steady-many';

const floodKinds: readonly FloodKind[] = ['bursts', 'steady-one', 'steady-many'];

/** What a flood did to the readers and to the client that it was aimed at. */
export interface FloodFigures {
  readonly deployment: Deployment;
  readonly kind: FloodKind;
  /** Milliseconds of reads: the median over the rounds of the 99th percentile. */
  readonly quietP99: number;
  readonly floodedP99: number;
  /** Reads a second. */
  readonly quietReads: number;
  readonly floodedReads: number;
  /** Answers a second that the flood got, by status. */
  readonly answers: Readonly<Record<string, number>>;
  /** The client that the flood is aimed at, asking from its own address. */
  readonly owner: Asked;
  /** Clients whom the server has not seen before, asking from theirs. */
  readonly newcomers: Asked;
}

/** Requests for a token during a flood. */
export interface Asked {
  readonly tries: number;
  readonly tokens: number;
  /** Milliseconds of the slowest try. */
  readonly slowest: number;
}

interface Try {
  readonly status: number;
  readonly milliseconds: number;
}

interface Round {
  readonly quiet: { readonly p99: number; readonly perSecond: number };
  readonly flooded: { readonly p99: number; readonly perSecond: number };
  readonly answers: Readonly<Record<string, number>>;
  readonly owner: readonly Try[];
  readonly newcomers: readonly Try[];
}

const ownerAddress = '198.51.100.20';
const newcomerAddress = '198.51.100.21';

async function ask(server: RunningServer, person: Person, address: string): Promise<Try & { readonly body: string }> {
  const begun = performance.now();
  const response = await fetch(server.origin + authPaths.token, {
    method: 'POST',
    headers: { ...formHeaders(person), 'x-forwarded-for': address },
    body: grantBody,
  });
  const body = await response.text();
  return { status: response.status, milliseconds: performance.now() - begun, body };
}

/** Reads of one resource, by the bearer of a token. */
function reads(token: string): () => AuthRequest {
  const id = inTurn(Array.from({ length: noteCount }, (_, index) => index + 1));
  const headers = { authorization: `Bearer ${token}` };
  return () => ({ method: 'GET', path: `/note/${id()}`, headers, status: 200 });
}

/** Starts a flood; what it gives ends it and tells how it was answered. */
function startFlood(server: RunningServer, person: Person, kind: FloodKind, parallel: number) {
  const file = new URL('flooder.ts', import.meta.url).pathname;
  const args = [file, server.origin, person.clientId, person.secret, String(parallel), kind];
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const told = text(child.stdout);
  const exit = once(child, 'exit');
  return async (): Promise<Record<string, number>> => {
    child.stdin.end();
    const [code] = await exit;
    if (code !== 0) throw new Error(`the flood ended with ${String(code)}`);
    return JSON.parse(await told) as Record<string, number>;
  };
}

/** How long a flood runs before its figures count, in milliseconds: its process has to start. */
const beforeFlood = 1_500;
const betweenTries = 500;

async function round(server: RunningServer, cast: FloodCast, kind: FloodKind, options: AuthOptions): Promise<Round> {
  const { owner, guess } = cast;
  const { body } = await ask(server, owner, ownerAddress);
  const next = reads(tokenIn(body));
  const load = new AuthLoad(server.origin, options.readers);
  try {
    await load.run(next, options.warmup);
    const quiet = await load.run(next, options.seconds);
    const begun = performance.now();
    const stop = startFlood(server, { ...owner, secret: guess }, kind, options.flood);
    await delay(beforeFlood);
    const byOwner: Promise<Try>[] = [];
    const byNewcomers: Promise<Try>[] = [];
    const newcomers = [...cast.newcomers];
    const timer = setInterval(() => {
      byOwner.push(ask(server, owner, ownerAddress));
      const newcomer = newcomers.pop();
      if (newcomer !== undefined) byNewcomers.push(ask(server, newcomer, newcomerAddress));
    }, betweenTries);
    const flooded = await load.run(next, options.seconds);
    clearInterval(timer);
    const tries = { owner: await Promise.all(byOwner), newcomers: await Promise.all(byNewcomers) };
    const counted = await stop();
    const seconds = (performance.now() - begun) / 1000;
    return {
      quiet: { p99: p99(quiet.latencies), perSecond: quiet.requests / quiet.seconds },
      flooded: { p99: p99(flooded.latencies), perSecond: flooded.requests / flooded.seconds },
      answers: Object.fromEntries(Object.entries(counted).map(([status, count]) => [status, count / seconds])),
      ...tries,
    };
  } finally {
    await load.close();
  }
}

const asked = (tries: readonly Try[]): Asked => ({
  tries: tries.length,
  tokens: tries.filter(({ status }) => status === 200).length,
  slowest: Math.max(...tries.map(({ milliseconds }) => milliseconds)),
});

function summarise(deployment: Deployment, kind: FloodKind, rounds: readonly Round[]): FloodFigures {
  const statuses = new Set(rounds.flatMap(({ answers }) => Object.keys(answers)));
  return {
    deployment,
    kind,
    quietP99: median(rounds.map((one) => one.quiet.p99)),
    floodedP99: median(rounds.map((one) => one.flooded.p99)),
    quietReads: median(rounds.map((one) => one.quiet.perSecond)),
    floodedReads: median(rounds.map((one) => one.flooded.perSecond)),
    answers: Object.fromEntries(
      [...statuses].map((status) => [status, median(rounds.map(({ answers }) => answers[status] ?? 0))]),
    ),
    owner: asked(rounds.flatMap((one) => one.owner)),
    newcomers: asked(rounds.flatMap((one) => one.newcomers)),
  };
}

/** Floods every deployment in every way, in a fresh process each round. */
export async function measureFloods(
  cast: Cast,
  options: AuthOptions,
  log: (line: string) => void,
): Promise<readonly FloodFigures[]> {
  const results: FloodFigures[] = [];
  for (const deployment of floodedDeployments) {
    for (const kind of floodKinds) {
      const rounds: Round[] = [];
      for (let index = 0; index < Math.min(3, options.rounds); index += 1) {
        const work = (server: RunningServer) => round(server, cast.flooded[deployment.stored], kind, options);
        rounds.push(await withServer(deployment.server, authUrl(options.serverUrl), work));
      }
      const figures = summarise(deployment, kind, rounds);
      results.push(figures);
      const { quietP99, floodedP99, owner, newcomers, answers } = figures;
      log(
        `flood  ${deployment.title}, ${kind}: p99 ${quietP99.toFixed(1)} → ${floodedP99.toFixed(1)} ms ` +
          `(${(floodedP99 / quietP99).toFixed(2)} ×), owner ${owner.tokens}/${owner.tries}, ` +
          `newcomers ${newcomers.tokens}/${newcomers.tries}, ` +
          Object.entries(answers)
            .map(([status, perSecond]) => `${status} ${perSecond.toFixed(0)}/s`)
            .join('  '),
      );
    }
  }
  return results;
}
