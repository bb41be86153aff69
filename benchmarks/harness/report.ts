import { cpus } from 'node:os';
import { limit } from '../contenders.ts';
import type { Measurement } from './measure.ts';
import type { Options } from './options.ts';
import type { Scenario } from './scenarios.ts';

/** What the report says about the place where it was measured. */
export interface Environment {
  readonly postgres: string;
}

/** The medians of one contender in one scenario. */
interface Summary {
  readonly contender: string;
  readonly requestsPerSecond: number;
  readonly serverCpu: number;
  /** The server CPU of the best round and of the worst. */
  readonly lowestCpu: number;
  readonly highestCpu: number;
  readonly postgresCpu: number | undefined;
  readonly p99Milliseconds: number;
}

/** The middle of some numbers; of an even number of them, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

function summarise(contender: string, rounds: readonly Measurement[]): Summary {
  const cpu = rounds.map((one) => one.serverCpu);
  const postgres = rounds.map((one) => one.postgresCpu).filter((value) => value !== undefined);
  return {
    contender,
    requestsPerSecond: median(rounds.map((one) => one.requestsPerSecond)),
    serverCpu: median(cpu),
    lowestCpu: Math.min(...cpu),
    highestCpu: Math.max(...cpu),
    postgresCpu: postgres.length === rounds.length ? median(postgres) : undefined,
    p99Milliseconds: median(rounds.map((one) => one.p99Milliseconds)),
  };
}

/** How often a value has the base in it, for a table. */
export const ratio = (value: number | undefined, base: number | undefined): string =>
  value === undefined || base === undefined ? 'n/a' : `${(value / base).toFixed(2)} ×`;

/** A number for a table; `n/a` where there is none. */
export const number = (value: number | undefined, digits = 0): string =>
  value === undefined
    ? 'n/a'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

function table(summaries: readonly Summary[]): string {
  const base = summaries.find(({ contender }) => contender === limit);
  const rows = summaries.map((one) => [
    one.contender,
    number(one.requestsPerSecond),
    ratio(one.requestsPerSecond, base?.requestsPerSecond),
    number(one.serverCpu),
    ratio(one.serverCpu, base?.serverCpu),
    `${number(one.lowestCpu)} – ${number(one.highestCpu)}`,
    ratio(one.lowestCpu, base?.lowestCpu),
    number(one.postgresCpu),
    ratio(one.postgresCpu, base?.postgresCpu),
    number(one.p99Milliseconds, 1),
    ratio(one.p99Milliseconds, base?.p99Milliseconds),
  ]);
  const head = [
    ...['contender', 'requests/s', 'ratio', 'server CPU µs', 'ratio', 'best – worst round', 'ratio of best'],
    ...['PostgreSQL CPU µs', 'ratio', 'p99 ms', 'ratio'],
  ];
  return padded(head, rows);
}

/** A Markdown table as the formatter writes it: columns padded, the first to the left, the others to the right. */
export function padded(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const pad = (cells: readonly string[]): string =>
    line(
      cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    );
  const rule = line(
    widths.map((width, column) => (column === 0 ? `:${'-'.repeat(width - 1)}` : `${'-'.repeat(width - 1)}:`)),
  );
  return [pad(head), rule, ...rows.map(pad)].join('\n');
}

/** Writes the report: one table for each scenario, what was compared, and where. */
export function report(
  measurements: readonly Measurement[],
  scenarios: readonly Scenario[],
  options: Options,
  environment: Environment,
): string {
  const sections = scenarios.map(({ name, title }) => {
    const summaries = options.contenders.map((contender) =>
      summarise(
        contender.name,
        measurements.filter((one) => one.scenario === name && one.contender === contender.name),
      ),
    );
    return `## ${title}\n\n${table(summaries)}`;
  });
  const { rows, rounds, seconds, warmup, connections } = options;
  return `# Results

Written by \`npm run bench\`; do not edit. [README.md](README.md) says what is measured, how, and how to read it.

Medians of ${rounds} interleaved rounds: ${seconds} s each after ${warmup} s of warm-up, ${connections} connections, ${number(rows)} partners.
CPU is microseconds for each request. Ratios are against \`${limit}\`: requests/s higher is better, everything else lower.
Where the best and the worst round are far apart, other work had the machine: then the ratio of the best rounds says more.

${sections.join('\n\n')}

## Contenders

${options.contenders.map(({ name, about }) => `- **${name}**: ${about}`).join('\n')}

## Environment

Node ${process.versions.node}, PostgreSQL ${environment.postgres}, ${cpus().length} cores, all on one machine over loopback.

Run it again: \`npm run bench\` at the root of the repository, or in this folder \`npm ci\` and \`npm run bench\` (\`-- --quick\`
for two rounds of two seconds).
`;
}
