import type { Client } from 'pg';
import { withClient } from '../prepare.ts';
import { openspp } from './program.ts';

const database = 'sallyport_bench_registry';

/** A client of the API under measurement. */
export interface Caller {
  readonly clientId: string;
  readonly secret: string;
}

/** Who asks: on a legal basis, by most people's consent, by the consent of a few. */
export interface Callers {
  readonly task: Caller;
  readonly broad: Caller;
  readonly narrow: Caller;
}

/** How the registry was filled. */
export interface Filled {
  readonly people: number;
  readonly seconds: number;
}

/** The URL of the database of this benchmark. */
export function registryUrl(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function filledWith(client: Client): Promise<Filled | undefined> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('bench_filled') is not null as there`);
  if (rows[0]?.there !== true) return undefined;
  return (await client.query<Filled>('select people, seconds from bench_filled')).rows[0];
}

/** Fills a database of its own by `generate`, unless it is filled with as many people already. */
export async function fillRegistry(serverUrl: string, people: number, log: (line: string) => void): Promise<Filled> {
  const url = registryUrl(serverUrl);
  const known = await withClient(url, filledWith).catch(() => undefined);
  if (known?.people === people) {
    await openspp(url, 'migrate');
    return known;
  }
  await withClient(serverUrl, async (client) => {
    await client.query(`drop database if exists ${database}`);
    await client.query(`create database ${database} template template0 encoding 'UTF8' locale 'C'`);
  });
  await openspp(url, 'migrate');
  log(`generate ${people} people`);
  const begun = performance.now();
  await openspp(url, 'generate', '--people', String(people), '--seed', '1');
  const seconds = (performance.now() - begun) / 1000;
  await withClient(url, async (client) => {
    await client.query('create table bench_filled (people integer, seconds float8)');
    await client.query('insert into bench_filled values ($1, $2)', [people, seconds]);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
  return { people, seconds };
}

/** Of how many consents the client that sees few is a recipient. */
const few = 500;

/** Makes clients for this run; the narrow one becomes a recipient of some consents. */
export async function makeCallers(serverUrl: string): Promise<Callers> {
  const url = registryUrl(serverUrl);
  const make = async (organization: string, ...more: readonly string[]): Promise<Caller> => {
    const scopes = ['individual:all', 'group:all', 'program:all', 'program_membership:all'];
    const limits = ['--per-minute', '100000000', '--per-day', '1000000000'];
    const said = await openspp(
      url,
      ...['clients', 'create', '--json', '--name', 'Benchmark', '--organization', organization],
      ...['--scope', ...scopes, ...limits, ...more],
    );
    const told = JSON.parse(said) as { readonly client_id: string; readonly client_secret: string };
    return { clientId: told.client_id, secret: told.client_secret };
  };
  const task = await make('State', '--type', 'government', '--legal-basis', 'public_task');
  const broad = await make('Lakeside Relief Trust');
  const narrow = await make('Harbour Clinic', '--type', 'private');
  await withClient(url, (client) =>
    client.query(
      `insert into consent_recipient (consent_id, organization_id)
       select c.id, o.id from organization o, lateral (
         select id from consent where recipient_mode = 'specific' and status = 'given' order by md5(id::text) limit $1
       ) c where o.name = 'Harbour Clinic' on conflict do nothing`,
      [few],
    ),
  );
  return { task, broad, narrow };
}

/** What there is to be asked for. */
export interface Samples {
  /** Identifiers of people, `system|value`: of anybody, and of people whose households agree to be seen by NGOs. */
  readonly people: readonly string[];
  readonly agreed: readonly string[];
  readonly groups: readonly string[];
  /** Parts of names, three to five letters. */
  readonly nameParts: readonly string[];
}

/** Picks samples, the same ones each time. */
export async function pickSamples(serverUrl: string): Promise<Samples> {
  return withClient(registryUrl(serverUrl), async (client) => {
    const list = async (sql: string): Promise<readonly string[]> =>
      (await client.query<{ value: string }>(sql)).rows.map(({ value }) => value);
    const named = `select v.uri || '|' || i.value as value from registrant_identifier i
      join vocabulary_code v on v.id = i.type_id join registrant r on r.id = i.registrant_id`;
    const live = `r.active and i.status is distinct from 'invalid'`;
    return {
      people: await list(`${named} where r.kind = 'individual' and ${live} order by md5(r.id::text) limit 2000`),
      agreed: await list(
        `${named} join group_membership m on m.individual_id = r.id and m.ended_date is null
         join consent c on c.group_id = m.group_id and c.status = 'given' and c.recipient_mode = 'category'
         where ${live} order by md5(r.id::text) limit 2000`,
      ),
      groups: await list(`${named} where r.kind = 'group' and ${live} order by md5(r.id::text) limit 500`),
      nameParts: await list(
        `select distinct lower(substr(name, 2, 3 + id % 3)) as value from (
           select id, name from registrant where kind = 'individual' order by md5(id::text) limit 200) s
         where substr(name, 2, 5) ~ '^[a-z]+$' order by 1 limit 40`,
      ),
    };
  });
}
