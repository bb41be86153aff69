import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';

/** The opaque token that the load carries; the database holds its SHA-256 only. */
export const benchToken = 'sallyport-benchmark-token';

const database = 'sallyport_bench';

/** The URL of the benchmark's own database on the given server. */
export function benchUrl(serverUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createDatabase(serverUrl: string): Promise<void> {
  await withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database} template template0 encoding 'UTF8' locale 'C'`);
    // A parallel worker lives too briefly for its CPU to be read: keep each query in its own backend.
    await client.query(`alter database ${database} set max_parallel_workers_per_gather = 0`);
  });
}

async function isSeeded(client: Client, fingerprint: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('bench_seed') is not null as there`);
  if (rows[0]?.there !== true) return false;
  const { rowCount } = await client.query('select from bench_seed where fingerprint = $1', [fingerprint]);
  return rowCount === 1;
}

/** Makes the database and its rows, unless they are there already from the same files and number of rows. */
export async function prepare(serverUrl: string, rows: number): Promise<void> {
  const [schema, seed] = await Promise.all(
    ['schema.sql', 'seed.sql'].map((name) => readFile(new URL(`../data/${name}`, import.meta.url), 'utf8')),
  );
  if (schema === undefined || seed === undefined) throw new Error('data/schema.sql and data/seed.sql are needed');
  const fingerprint = createHash('sha256').update(`${schema}\n${seed}\n${rows}\n${benchToken}`).digest('hex');
  await createDatabase(serverUrl);
  await withClient(benchUrl(serverUrl), async (client) => {
    if (await isSeeded(client, fingerprint)) return;
    await client.query('begin');
    await client.query(schema);
    await client.query(`select set_config('bench.rows', $1, true), set_config('bench.token', $2, true)`, [
      String(rows),
      benchToken,
    ]);
    await client.query(seed);
    await client.query('insert into bench_seed values ($1)', [fingerprint]);
    await client.query('commit');
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
}
