import type { Callers, Samples } from './prepare.ts';

/** One request of a measurement. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Requests of one kind, made one after another. */
export interface Measured {
  readonly name: string;
  readonly as: keyof Callers;
  /** The n-th request. */
  readonly request: (n: number) => Asked;
  /** What OpenSPP has claimed of itself for this kind: the 95th percentile in milliseconds, and requests each second. */
  readonly claimed?: { readonly p95: number; readonly perSecond: number };
  /** At most so many; as many as there is time for when absent. */
  readonly most?: number;
}

const claims = {
  read: { p95: 100, perSecond: 1000 },
  search: { p95: 500, perSecond: 200 },
  create: { p95: 200, perSecond: 100 },
  batch: { p95: 2000, perSecond: 20 },
} as const;

/** The kinds of request, over samples. */
export function measuredRequests(samples: Samples): readonly Measured[] {
  const run = `${Date.now().toString(36)}`;
  let made = 0;
  const pick = (from: readonly string[], n: number): string => encodeURIComponent(from[n % from.length] ?? '');
  const get = (path: string): Asked => ({ method: 'GET', path });
  const person = () => {
    made += 1;
    return {
      type: 'Individual',
      identifier: [{ system: 'urn:openspp:vocab:id-type#national_id', value: `BENCH-${run}-${made}` }],
      name: { given: 'Benchmark', family: `Person ${made}` },
      birthDate: '1990-01-01',
    };
  };
  const month = (n: number): string => {
    const from = new Date(Date.UTC(1950 + (n % 60), n % 12, 1));
    const to = new Date(Date.UTC(1950 + (n % 60), (n % 12) + 1, 1));
    const day = (date: Date): string => date.toISOString().slice(0, 10);
    return `birthdate=ge${day(from)}&birthdate=lt${day(to)}`;
  };
  const search = (name: string, path: (n: number) => string) =>
    (['task', 'broad', 'narrow'] as const).map(
      (as): Measured => ({ name, as, request: (n) => get(path(n)), claimed: claims.search }),
    );
  return [
    {
      name: 'read by identifier',
      as: 'task',
      request: (n) => get(`/Individual/${pick(samples.people, n)}`),
      claimed: claims.read,
    },
    {
      name: 'read by identifier',
      as: 'broad',
      request: (n) => get(`/Individual/${pick(samples.agreed, n)}`),
      claimed: claims.read,
    },
    ...search('search by part of the name', (n) => `/Individual?name=${pick(samples.nameParts, n)}`),
    ...search('search by a month of birth', (n) => `/Individual?${month(n)}`),
    ...search('search by group', (n) => `/Individual?group=${pick(samples.groups, n)}`),
    ...search('first page of everybody', () => '/Individual'),
    {
      name: 'create',
      as: 'task',
      request: () => ({ method: 'POST', path: '/Individual', body: person() }),
      claimed: claims.create,
    },
    {
      name: '$batch of 100 creates',
      as: 'task',
      most: 40,
      claimed: claims.batch,
      request: () => ({
        method: 'POST',
        path: '/$batch',
        body: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: Array.from({ length: 100 }, () => ({
            request: { method: 'POST', url: 'Individual' },
            resource: person(),
          })),
        },
      }),
    },
  ];
}
