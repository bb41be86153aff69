import type { MikroORM } from '@mikro-orm/core';

/** A statement as it went to the server. */
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface Connection {
  readonly parsedStatements: Readonly<Record<string, string>>;
  parse(query: { readonly name?: string; readonly text: string }, ...rest: unknown[]): void;
  bind(query: { readonly statement?: string; readonly values?: readonly unknown[] }, ...rest: unknown[]): void;
}

interface Pool {
  on(event: 'connect', listener: (client: { readonly connection: Connection }) => void): unknown;
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
  connect(): Promise<Pick<Pool, 'query'> & { release(): void }>;
}

/** The pool behind an ORM on a PostgreSQL server. */
export async function poolOf(orm: MikroORM): Promise<Pool> {
  const connection = orm.em.getDriver().getConnection() as unknown as { getNativeClient(): Promise<Pool> };
  return connection.getNativeClient();
}

/**
 * Keeps what an ORM's connections send with values, from now on, on connections that are opened from now on.
 */
export async function recordStatements(orm: MikroORM): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  (await poolOf(orm)).on('connect', ({ connection }) => {
    const texts = new Map<string, string>();
    const { parse, bind } = connection;
    connection.parse = function (this: Connection, query, ...rest) {
      texts.set(query.name ?? '', query.text);
      return parse.call(this, query, ...rest);
    };
    connection.bind = function (this: Connection, query, ...rest) {
      const text = texts.get(query.statement ?? '');
      if (text !== undefined) sent.push({ text, values: query.values ?? [] });
      return bind.call(this, query, ...rest);
    };
  });
  return sent;
}

/** A node of a plan of PostgreSQL's, as far as it is looked at. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What lets a limit above it end the scan below: it hands rows on as they come. */
const passing = new Set(['Nested Loop', 'Incremental Sort', 'Subquery Scan', 'Result', 'LockRows', 'Memoize']);

/** Whether a node counts rows beside a page. */
const isCount = (node: PlanNode): boolean =>
  node['Parent Relationship'] === 'InitPlan' && node['Node Type'] === 'Aggregate';

/**
 * The scans of a plan that read all of a table: those without a condition on an index, unless they are ended by a limit.
 *
 * @param counts whether counts are looked at, too: that of a whole list reads all that is in it
 */
export function wholeScans(node: PlanNode, counts: boolean, limited = false): readonly string[] {
  if (!counts && isCount(node)) return [];
  const type = node['Node Type'];
  const table = node['Relation Name'];
  const found: string[] = [];
  if (table !== undefined && type === 'Seq Scan') found.push(`${type} on ${table}`);
  const byIndex = type === 'Index Scan' || type === 'Index Only Scan';
  if (table !== undefined && byIndex && node['Index Cond'] === undefined && !limited) {
    found.push(`${type} of all of ${node['Index Name']} on ${table}`);
  }
  for (const [place, plan] of (node.Plans ?? []).entries()) {
    const under = type === 'Limit' || (limited && passing.has(type) && place === 0);
    found.push(...wholeScans(plan, counts, under));
  }
  return found;
}

/** The names of the indexes that a plan uses. */
export const indexesOf = (node: PlanNode): readonly string[] => [
  ...(node['Index Name'] === undefined ? [] : [node['Index Name']]),
  ...(node.Plans ?? []).flatMap(indexesOf),
];

/**
 * The plan of a statement where PostgreSQL reads a whole table only if no index leads to the rows: without the joins that
 * begin by reading all of both sides, which a small table makes cheap.
 */
export async function planOf(pool: Pool, { text, values }: SentStatement): Promise<PlanNode> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const way of ['seqscan', 'hashjoin', 'mergejoin', 'hashagg'])
      await client.query(`set local enable_${way} = off`);
    const { rows } = await client.query(`explain (format json) ${text}`, values);
    const [told] = rows as readonly { readonly 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }[];
    if (told === undefined) throw new Error(`PostgreSQL has no plan for ${text}`);
    return told['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('rollback');
    client.release();
  }
}
