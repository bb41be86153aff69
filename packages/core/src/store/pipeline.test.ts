import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeClient } from './executor.ts';
import { world } from './fixtures/world.ts';
import { type NamedStatement, type PipelinePool, Pipelines } from './pipeline.ts';
import type { Row } from './selection.ts';
import { type OpenTestDatabase, testDatabases } from './testing.ts';

const parserOf = (oid: number) => (oid === 23 ? Number : undefined);
const square: Omit<NamedStatement, 'values'> = { name: 'square', text: 'select $1::int * $1::int, $1::text' };
const reciprocal: Omit<NamedStatement, 'values'> = { name: 'reciprocal', text: 'select 1000 / $1::int' };
const nap: Omit<NamedStatement, 'values'> = { name: 'nap', text: 'select 1 from pg_sleep($1::float8)' };

const servers = testDatabases().filter(({ name }) => name === 'postgresql');

it('asks for a pool that pipelines, and that has connections to spare', () => {
  const connect = () => Promise.reject(new Error('unused'));
  expect(Pipelines.suits({ options: { pipeline: true, max: 10 }, connect })).toBe(true);
  expect(Pipelines.suits({ options: { pipeline: false, max: 10 }, connect })).toBe(false);
  expect(Pipelines.suits({ options: { pipeline: true, max: 2 }, connect })).toBe(false);
});

// PGlite has one connection, inside the process: there is nothing to pipeline.
describe.each(servers)('pipelined reads on $name', ({ open }) => {
  let database: OpenTestDatabase;
  let pool: PipelinePool & { query(text: string): Promise<unknown> };
  let pipelines: Pipelines;

  beforeAll(async () => {
    database = await open(world, { connections: 9 });
    const native = await nativeClient(database.orm);
    if (native.kind !== 'pg' || !Pipelines.suits(native.pool)) throw new Error('this pool cannot pipeline');
    pool = native.pool as unknown as typeof pool;
  });
  afterAll(() => database?.close());

  const elsewhere: readonly Row[] = [['elsewhere']];
  const refused = () => Promise.resolve(elsewhere);

  /** Runs a statement once a lane is open for it. */
  async function run(statement: NamedStatement): Promise<readonly Row[]> {
    for (;;) {
      const rows = await pipelines.run(statement, refused);
      if (rows !== elsewhere) return rows;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('answers each question with its own answer', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...square, values: [1] });
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((value) => run({ ...square, values: [value] })));
    expect(answers).toEqual(numbers.map((value) => [[value * value, String(value)]]));
  });

  it('keeps a fault to the read that has it', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...reciprocal, values: [1] });
    const settled = await Promise.allSettled(
      [10, 0, 20, null, 0, 50].map((value) => run({ ...reciprocal, values: [value] })),
    );
    expect(
      settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as { code: string }).code)),
    ).toEqual([[[100]], '22012', [[50]], [[null]], '22012', [[20]]]);
  });

  it('names a statement anew on each connection, and after a fault of its first run', async () => {
    pipelines = new Pipelines(pool, parserOf);
    const wrong = { name: 'wrong', text: 'select no_such_column' };
    await expect(run({ ...wrong, values: [] })).rejects.toMatchObject({ code: '42703' });
    await expect(run({ ...wrong, values: [] })).rejects.toMatchObject({ code: '42703' });
    expect(await run({ ...square, values: [3] })).toEqual([[9, '3']]);
  });

  it('sends what is slow elsewhere, and takes it back when it is quick again', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...nap, values: [0.5] });
    expect(await pipelines.run({ ...nap, values: [0] }, refused)).toBe(elsewhere);
    for (let times = 0; times < 60; times += 1) pipelines.took(nap.name, 0);
    expect(await run({ ...nap, values: [0] })).toEqual([[1]]);
  });

  it('has a read wait for a lane rather than stand behind many, and lets none wait for lanes that are stuck', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...nap, values: [0.02] });
    // As many as open every lane and fill it, and some that wait.
    const naps = await Promise.all(
      Array.from({ length: 12 }, () => pipelines.run({ ...nap, values: [0.01] }, refused)),
    );
    expect(naps.filter((rows) => rows !== elsewhere)).not.toEqual([]);
    const stuck = Array.from({ length: 12 }, () => pipelines.run({ ...nap, values: [1.5] }, refused));
    expect(await pipelines.run({ ...nap, values: [0] }, refused)).toBe(elsewhere);
    await Promise.all(stuck);
  });

  it('takes turns for many more than lanes hold', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...square, values: [1] });
    const numbers = Array.from({ length: 3000 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((value) => pipelines.run({ ...square, values: [value] }, refused)));
    expect(answers).toEqual(numbers.map((value) => [[value * value, String(value)]]));
  });

  it('fails the reads under way when the connection is lost, and goes on with another', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...square, values: [1] });
    const lost = run({ ...nap, values: [30] });
    const behind = run({ ...square, values: [2] });
    const failing = Promise.allSettled([lost, behind]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [name] = new URL(database.url ?? '').pathname.slice(1).split('?');
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = '${name}' and pid <> pg_backend_pid() and query like '%pg_sleep%'`,
    );
    const [first] = await failing;
    expect(first.status).toBe('rejected');
    expect(await run({ ...square, values: [4] })).toEqual([[16, '4']]);
  });

  it('reads the columns of each connection as that connection describes them', async () => {
    await pool.query('create table altered (truth boolean)');
    await pool.query('insert into altered values (true)');
    const read = { name: 'altered', text: 'select truth from altered', values: [] };
    pipelines = new Pipelines(pool, (oid) => (oid === 16 ? (text) => text === 't' : undefined));
    expect(await run(read)).toEqual([[true]]);
    await pool.query('alter table altered alter truth type text using (truth::text)');
    // All connections that know the statement go: those behind them prepare it anew.
    await pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    for (let times = 0; times < 3; times += 1) {
      await expect.poll(() => run(read).catch(() => undefined)).toEqual([['true']]);
    }
  });

  it('keeps a value that cannot be read to the read that has it', async () => {
    const picky = (oid: number) =>
      oid === 23
        ? (text: string) => {
            if (text === '13') throw new Error('unlucky');
            return Number(text);
          }
        : undefined;
    pipelines = new Pipelines(pool, picky);
    const number = { name: 'number', text: 'select n::int from generate_series($1::int, $1::int + 1) n' };
    await run({ ...number, values: [1] });
    const settled = await Promise.allSettled([11, 12, 13, 14].map((value) => run({ ...number, values: [value] })));
    expect(settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))).toEqual([
      [[11], [12]],
      'Error: unlucky',
      'Error: unlucky',
      [[14], [15]],
    ]);
  });

  it('gives its connections back when there is nothing to do', async () => {
    pipelines = new Pipelines(pool, parserOf);
    await run({ ...square, values: [1] });
    const counts = pool as unknown as { readonly totalCount: number; readonly idleCount: number };
    const deadline = Date.now() + 10_000;
    while (counts.idleCount < counts.totalCount && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(counts.idleCount).toBe(counts.totalCount);
  });
});
