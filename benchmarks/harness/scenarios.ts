import type { Client } from 'pg';
import { partnerIds } from '../servers/shared/wire.ts';

/** One kind of request that is measured. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The requests, in the order in which the load sends them, again and again. */
  readonly paths: readonly string[];
}

/** A request that the check sends to every contender. */
export interface Sample {
  readonly path: string;
  /** Sent without the token. */
  readonly anonymous?: boolean;
  readonly status: number;
}

const pageSize = 20;
const distinctIds = 2_000;
const listPages = 50;
const countryPages = 10;

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** A fixed order without a pattern: the same for every contender and every run. */
function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  let state = 42;
  for (let last = result.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (last + 1);
    // Both places are inside the array.
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

const ofCountry = (code: string, page: number): string =>
  `/api/partner?limit=${pageSize}&offset=${page * pageSize}&expand=country&count=exact&country=${code}`;

/** The three scenarios, over the rows that the database holds. */
export async function loadScenarios(client: Client): Promise<readonly Scenario[]> {
  const ids = await client.query<{ id: number }>(
    'select id from partner order by hashint4(id), id limit $1', // spread over the table
    [distinctIds],
  );
  const countries = await client.query<{ code: string }>('select code from country order by code');
  const codes = countries.rows.map(({ code }) => code);
  return [
    {
      name: 'read',
      title: 'Read one',
      paths: shuffled(ids.rows.map(({ id }) => `/api/partner/${partnerIds.encode(id)}`)),
    },
    {
      name: 'list',
      title: 'List of 20, by name',
      paths: shuffled(range(listPages).map((page) => `/api/partner?limit=${pageSize}&offset=${page * pageSize}`)),
    },
    {
      name: 'relation',
      title: 'List of 20 of a country, with the relation and the exact count',
      paths: shuffled(codes.flatMap((code) => range(countryPages).map((page) => ofCountry(code, page)))),
    },
  ];
}

/** Requests that show whether a contender speaks the wire format: some of each scenario, edges, and the errors. */
export function samplesOf(scenarios: readonly Scenario[]): readonly Sample[] {
  const [read] = scenarios.flatMap(({ name, paths }) => (name === 'read' ? paths : []));
  return [
    ...scenarios.flatMap(({ paths }) => paths.slice(0, 25).map((path): Sample => ({ path, status: 200 }))),
    { path: '/api/partner', status: 200 },
    { path: '/api/partner?limit=5', status: 200 },
    { path: '/api/partner?limit=3&offset=6&expand=country', status: 200 },
    { path: '/api/partner?limit=4&count=exact', status: 200 },
    { path: '/api/partner?limit=7&offset=14&country=SE', status: 200 },
    { path: ofCountry('SE', 100_000), status: 200 },
    { path: `/api/partner/${partnerIds.encode(2_000_000_000)}`, status: 404 },
    { path: '/api/partner/no-hashid', status: 404 },
    { path: read ?? '/api/partner', anonymous: true, status: 401 },
    { path: '/api/partner?limit=20', anonymous: true, status: 401 },
  ];
}
