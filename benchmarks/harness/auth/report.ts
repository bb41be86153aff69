import { cpus } from 'node:os';
import type { Measurement } from '../measure.ts';
import { median, number, padded, ratio } from '../report.ts';
import { authLimit, refusals } from './contenders.ts';
import type { FloodFigures, FloodKind } from './flood.ts';
import type { AuthOptions } from './options.ts';
import type { RefusalFigures } from './refusals.ts';
import { type TokenScenario, tokenScenarios } from './tokens.ts';

/** Everything that was measured; a part that was not is empty. */
export interface AuthResults {
  readonly measurements: readonly Measurement[];
  readonly refusals: readonly RefusalFigures[];
  readonly floods: readonly FloodFigures[];
  readonly postgres: string;
}

type Of = (contender: string, scenario: TokenScenario['name']) => readonly Measurement[];

const cpuOf = (rounds: readonly Measurement[]): number => median(rounds.map((one) => one.serverCpu));

/** PostgreSQL's share; `undefined` where it could not be read in every round. */
function postgresOf(rounds: readonly Measurement[]): number | undefined {
  const known = rounds.map((one) => one.postgresCpu).filter((value) => value !== undefined);
  return known.length === rounds.length ? median(known) : undefined;
}

/** How many a second one core can do of what costs it so many microseconds. */
const perCore = (micros: number | undefined): number | undefined => (micros === undefined ? undefined : 1e6 / micros);

function scenarioTable(scenario: TokenScenario['name'], contenders: readonly string[], of: Of): string {
  const base = cpuOf(of(authLimit, scenario));
  const rows = contenders.map((contender) => {
    const rounds = of(contender, scenario);
    const cpu = rounds.map((one) => one.serverCpu);
    const postgres = postgresOf(rounds);
    return [
      contender,
      number(median(rounds.map((one) => one.requestsPerSecond))),
      number(cpuOf(rounds)),
      ratio(cpuOf(rounds), base),
      `${number(Math.min(...cpu))} – ${number(Math.max(...cpu))}`,
      number(perCore(cpuOf(rounds))),
      number(postgres),
      number(postgres === undefined ? undefined : perCore(cpuOf(rounds) + postgres)),
      number(median(rounds.map((one) => one.p99Milliseconds)), 1),
    ];
  });
  const head = [
    ...['contender', 'requests/s', 'server CPU µs', 'ratio', 'best – worst round', 'a second and core'],
    ...['PostgreSQL CPU µs', 'a second and core, with it', 'p99 ms'],
  ];
  return padded(head, rows);
}

/** What the check of a bearer token costs by itself: the guarded route less the open one, of the same round. */
function checkCost(contender: string, of: Of): readonly number[] {
  const open = of(contender, 'open');
  return of(contender, 'guarded').flatMap((one) => {
    const other = open.find(({ round }) => round === one.round);
    return other === undefined ? [] : [one.serverCpu - other.serverCpu];
  });
}

function checkTable(contenders: readonly string[], of: Of): string {
  const rows = contenders.map((contender) => {
    const costs = checkCost(contender, of);
    return [
      contender,
      number(median(costs)),
      `${number(Math.min(...costs))} – ${number(Math.max(...costs))}`,
      number(postgresOf(of(contender, 'guarded'))),
    ];
  });
  return padded(['contender', 'server CPU µs', 'best – worst round', 'PostgreSQL CPU µs'], rows);
}

function tokenSections({ measurements }: AuthResults, contenders: readonly string[]): string {
  const of: Of = (contender, scenario) =>
    measurements.filter((one) => one.contender === contender && one.scenario === scenario);
  const sections = tokenScenarios.map(
    ({ name, title }) =>
      `## ${title}\n\n${scenarioTable(name, contenders, of)}${
        name === 'guarded'
          ? `\n\nThe check by itself, which is this route less the open one:\n\n${checkTable(contenders, of)}`
          : ''
      }`,
  );
  return sections.join('\n\n');
}

function refusalSection({ refusals: figures }: AuthResults, { tries }: AuthOptions): string {
  const rows = figures.map(({ deployment, medians, difference, distinctAnswers }) => [
    deployment.title,
    ...refusals.map((cause) => number(medians[cause], 3)),
    `${difference.toFixed(1)} %`,
    distinctAnswers === 1 ? 'yes' : `no, ${distinctAnswers}`,
  ]);
  const answers = new Set(figures.map(({ answer }) => answer));
  return `## Equal refusals

Median milliseconds of ${tries} tries each, interleaved in changing order over one connection, the token endpoint's limits
off. Disabled and expired clients send their right secret. Answers are compared byte by byte, headers and their order with
them, without \`X-Request-Id\` and \`Date\`.

${padded(['secrets', ...refusals, 'largest difference', 'one answer'], rows)}

${[...answers].map((answer) => `\`\`\`http\n${answer}\n\`\`\``).join('\n\n')}`;
}

const floodTitles: Readonly<Record<FloodKind, string>> = {
  bursts: 'at once, each second, from many networks',
  'steady-one': 'steadily, from one network',
  'steady-many': 'steadily, from many networks',
};

function floodSection({ floods }: AuthResults, options: AuthOptions): string {
  const rows = floods.map((one) => [
    `${one.deployment.title}: ${floodTitles[one.kind]}`,
    number(one.quietP99, 1),
    number(one.floodedP99, 1),
    ratio(one.floodedP99, one.quietP99),
    `${number(one.quietReads)} → ${number(one.floodedReads)}`,
    Object.entries(one.answers)
      .map(([status, perSecond]) => `${status}: ${number(perSecond)}`)
      .join(', '),
    ...[one.owner, one.newcomers].map(({ tries, tokens, slowest }) => `${tokens} of ${tries}, ${number(slowest)} ms`),
  ]);
  const head = [
    ...['secrets and flood', 'quiet p99 ms', 'flooded p99 ms', 'ratio', 'reads/s', 'flood answered, a second'],
    ...['owner’s tokens, slowest', 'newcomers’ tokens, slowest'],
  ];
  return `## Flood of wrong secrets

${options.flood} connections send wrong secrets for one client, all at once or each as soon as its last was answered, while
${options.readers} connections read one resource. Medians of ${Math.min(3, options.rounds)} rounds of ${options.seconds} s quiet and ${options.seconds} s flooded,
with the token endpoint's own limits. The flood's process shares the machine's cores with the server. The client that the
flood is aimed at, and clients that the server has not seen yet, go on asking for tokens from other addresses.

${padded(head, rows)}`;
}

/** Writes the report: what was measured, and where. */
export function authReport(options: AuthOptions, results: AuthResults): string {
  const { rounds, seconds, warmup, connections, contenders, oneCore } = options;
  const names = contenders.map(({ name }) => name);
  const sections = [
    ...(results.measurements.length === 0 ? [] : [tokenSections(results, names)]),
    ...(results.refusals.length === 0 ? [] : [refusalSection(results, options)]),
    ...(results.floods.length === 0 ? [] : [floodSection(results, options)]),
  ];
  const pinned = oneCore.length === 0 ? 'not held to one core' : `held to one core (\`${oneCore.join(' ')}\`)`;
  return `# Results of authentication

Written by \`npm run bench:auth\`; do not edit. [README.md](README.md#authentication) says what is measured, how, and how to
read it.

Medians of ${rounds} interleaved rounds: ${seconds} s each after ${warmup} s of warm-up, ${connections} connections. The
servers are ${pinned}. CPU is microseconds for each request; “a second and core” is how many of them fill one core.
Ratios are against \`${authLimit}\`.

${sections.join('\n\n')}

## Contenders

${contenders.map(({ name, about }) => `- **${name}**: ${about}`).join('\n')}

## Environment

Node ${process.versions.node}, PostgreSQL ${results.postgres}, ${cpus().length} cores, all on one machine over loopback.

Run it again: \`npm ci\` and \`npm run bench:auth\` in this folder (\`-- --quick\` for a short run, which writes nothing).
`;
}
