import { cpus } from 'node:os';
import { number, padded } from '../report.ts';
import { type Figures, percentile } from './measure.ts';
import type { Callers, Filled } from './prepare.ts';

/** All that was measured. */
export interface RegistryFigures {
  readonly filled: Filled;
  readonly figures: readonly Figures[];
  /** Milliseconds of pages that were followed, by the number of the first. */
  readonly pages: readonly { readonly as: keyof Callers; readonly from: number; readonly times: readonly number[] }[];
  readonly streams: Readonly<Record<string, { readonly lines: number; readonly seconds: number }>>;
  readonly connections: number;
  readonly postgres: string;
}

const clients: Readonly<Record<string, string>> = {
  task: 'legal basis',
  broad: 'consent of most',
  narrow: 'consent of few',
};

function requestTable({ figures }: RegistryFigures): string {
  const rows = figures.map(({ measured, alone, perSecond }) => [
    measured.name,
    clients[measured.as] ?? '',
    number(percentile(alone, 0.5), 1),
    number(percentile(alone, 0.95), 1),
    number(percentile(alone, 0.99), 1),
    measured.claimed === undefined ? 'none' : number(measured.claimed.p95),
    number(perSecond),
    measured.claimed === undefined ? 'none' : number(measured.claimed.perSecond),
  ]);
  return padded(['request', 'client', 'p50 ms', 'p95 ms', 'p99 ms', 'claimed p95', 'requests/s', 'claimed'], rows);
}

function pageTable({ pages }: RegistryFigures): string {
  const rows = pages.map(({ as, from, times }) => {
    const sorted = Float64Array.from(times).sort();
    return [
      clients[as] ?? as,
      times.length === 0 ? 'none' : `${number(from)} – ${number(from + times.length - 1)}`,
      number(percentile(sorted, 0.5), 1),
      number(percentile(sorted, 0.99), 1),
    ];
  });
  return padded(['client', 'pages', 'p50 ms', 'p99 ms'], rows);
}

function streamTable({ streams }: RegistryFigures): string {
  const rows = Object.entries(streams).map(([name, { lines, seconds }]) => [
    clients[name] ?? name,
    number(lines),
    number(seconds, 1),
    number(lines / seconds),
  ]);
  return padded(['client', 'people', 'seconds', 'people/s'], rows);
}

/** The part of the results that is about a registry of people. */
export function registryReport(all: RegistryFigures): string {
  const { people, seconds } = all.filled;
  return `## A registry of ${number(people)} people

Written by \`npm run bench:registry\`. The OpenSPP example on Fastify, with its audit, its rate limits and every rule of
consent; PostgreSQL with the settings it comes with. \`generate --people ${people}\` took ${number(seconds)} s.

Percentiles are of requests made one after another; requests/s of ${all.connections} at once. What is claimed is what OpenSPP's
documentation once said of itself, without a measurement. Every search has its exact total. The client by consent of
most is named by nearly all consents (two people of five), the one by consent of few by 500.

${requestTable(all)}

Following \`next\`, 20 people a page, from the first page and up to the thousandth:

${pageTable(all)}

Everybody as a stream (\`Accept: application/x-ndjson\`):

${streamTable(all)}

Node ${process.versions.node}, PostgreSQL ${all.postgres}, ${cpus().length} cores for all of it.
`;
}
