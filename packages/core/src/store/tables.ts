import type { EntityMetadata, EntityName, EntityProperty, MikroORM } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import { nativeClient, rowsOf } from './executor.ts';
import { tableOf } from './metadata.ts';
import { missingDatabase } from './missing-database.ts';

/** What an entity wants of the database, and what of it is not there. */
interface Shortfall {
  readonly entity: string;
  readonly table: string;
  /** The columns that are not there; `undefined`: the table itself is not. */
  readonly columns: readonly string[] | undefined;
}

/** Calls that wait for one look at their database. */
interface Look {
  readonly wanted: Map<string, EntityMetadata>;
  readonly shortfalls: Promise<readonly Shortfall[]>;
}

const looks = new WeakMap<object, Look>();

/**
 * Makes sure that the tables of entities are there, with all their columns. Calls that are made at once are answered by one
 * query, and alike. A database that does not answer is not at fault here: it may be back when it is needed.
 *
 * @throws ConfigurationError that names the tables and columns, the entities that the ORM was not given, or the database that
 * the server does not have
 */
export async function requireTables(
  orm: Pick<MikroORM, 'em' | 'getMetadata'>,
  entities: readonly EntityName[],
): Promise<void> {
  const metadata = metadataOf(orm, entities);
  let look = looks.get(orm);
  if (look === undefined) {
    const wanted: Look['wanted'] = new Map();
    // Once those who ask in this turn have all asked.
    const asked = Promise.resolve().then(() => {
      looks.delete(orm);
      return shortfallsOf(orm, wanted);
    });
    look = { wanted, shortfalls: asked };
    looks.set(orm, look);
  }
  for (const meta of metadata) look.wanted.set(tableOf(orm, meta), meta);
  const shortfalls = await look.shortfalls;
  if (shortfalls.length > 0) throw new ConfigurationError('database', textOf(shortfalls));
}

/** @throws ConfigurationError for entities that the ORM was not given */
function metadataOf(orm: Pick<MikroORM, 'getMetadata'>, entities: readonly EntityName[]): readonly EntityMetadata[] {
  const metadata = entities.map((entity): EntityMetadata => orm.getMetadata().get(entity));
  const known = new Set(orm.getMetadata().getAll().values());
  const strangers = metadata.filter((meta) => !known.has(meta)).map(({ className }) => className);
  if (strangers.length === 0) return metadata;
  throw new ConfigurationError('orm.entities', `lack ${strangers.join(', ')}, which a store needs`);
}

async function shortfallsOf(
  orm: Pick<MikroORM, 'em'>,
  wanted: ReadonlyMap<string, EntityMetadata>,
): Promise<readonly Shortfall[]> {
  const columns = [...wanted].flatMap(([table, meta]) => columnsOf(meta).map((column) => ({ table, column })));
  let rows: readonly (readonly unknown[])[];
  try {
    rows = await rowsOf(await nativeClient(orm), absent, [JSON.stringify(columns)], lookTimeoutMs);
  } catch (error) {
    const fault = missingDatabase(orm, error);
    if (fault !== undefined) throw fault;
    return [];
  }
  const found = new Map<string, { readonly there: boolean; readonly columns: string[] }>();
  for (const [table, column, there] of rows) {
    const one = found.get(String(table)) ?? { there: there === true, columns: [] };
    one.columns.push(String(column));
    found.set(String(table), one);
  }
  return [...wanted].flatMap(([table, { className, tableName }]) => {
    const one = found.get(table);
    if (one === undefined) return [];
    return [{ entity: className, table: tableName, columns: one.there ? one.columns : undefined }];
  });
}

const lookTimeoutMs = 5000;

/** The columns that are not there, each with its table and whether that is. */
const absent = `
  select needed."table", needed."column", to_regclass(needed."table") is not null
  from json_to_recordset($1::json) as needed("table" text, "column" text)
  where not exists (
    select from pg_catalog.pg_attribute as own
    where own.attrelid = to_regclass(needed."table") and own.attname = needed."column" and not own.attisdropped
  )`;

function columnsOf(meta: EntityMetadata): readonly string[] {
  return [...new Set(meta.props.filter(hasColumns).flatMap(({ fieldNames = [] }) => fieldNames))];
}

function hasColumns({ kind, persist, formula, owner, object }: EntityProperty): boolean {
  if (persist === false || formula !== undefined) return false;
  return kind === 'scalar' || kind === 'm:1' || (kind === '1:1' && owner) || (kind === 'embedded' && object === true);
}

function textOf(shortfalls: readonly Shortfall[]): string {
  const tables = shortfalls.flatMap(({ entity, table, columns }) =>
    columns === undefined ? [`${table} (${entity})`] : [],
  );
  const faults = tables.length === 0 ? [] : [`there is no table ${tables.join(', ')}`];
  for (const { entity, table, columns } of shortfalls) {
    if (columns !== undefined) faults.push(`the table ${table} (${entity}) has no column ${columns.join(', ')}`);
  }
  return `${faults.join('; ')}: run your migrations, or \`orm.schema.update()\` where there are none`;
}
