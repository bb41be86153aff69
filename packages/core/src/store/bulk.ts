import type { EntityManager, EntityMetadata, EntityName, MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { ConfigurationError } from '../errors/index.ts';
import { describeEntities, entityModel, entityProperty, tableOf } from './metadata.ts';
import type { EntityModel, ScalarProperty } from './model.ts';
import { quote } from './sql/types.ts';

/** A row to insert: property → value, a to-one relation as the key of its target. */
export type BulkRow = Readonly<Record<string, unknown>>;

/**
 * Writes thousands of rows by one statement each table, for loads and imports. It knows tables, not records: no hook of
 * an entity or a descriptor runs, and nothing of it is in the identity map. Constraints of the database hold as ever.
 */
export interface BulkWriter {
  /**
   * Keys of an entity that nobody else will be given, in rising order.
   *
   * @throws ConfigurationError for an entity whose key the database does not count up
   */
  reserve<E extends object>(entity: EntityName<E>, count: number): Promise<readonly number[]>;
  /**
   * Inserts rows that all have the properties of the first. What they leave out and the entity fills on create
   * (`onCreate`, the version) is filled; the rest is left to the defaults of the database.
   *
   * @throws ConfigurationError for a property without a column, and for binary ones
   */
  insert<E extends object>(entity: EntityName<E>, rows: readonly BulkRow[]): Promise<void>;
  /** Inserts pairs of a many-to-many relation: the key of the owner, and that of its target. */
  pair<E extends object>(
    entity: EntityName<E>,
    relation: string,
    pairs: readonly (readonly [owner: unknown, target: unknown])[],
  ): Promise<void>;
}

interface Column {
  readonly name: string;
  readonly column: string;
  readonly type: string;
  readonly read: (row: BulkRow) => unknown;
}

/** A writer in the transaction of an entity manager. */
export function bulkWriter(orm: MikroORM, em: EntityManager): BulkWriter {
  const models = describeEntities(orm);
  const metaOf = <E extends object>(entity: EntityName<E>): EntityMetadata => orm.getMetadata().get(entity as never);
  const modelOf = <E extends object>(entity: EntityName<E>): EntityModel => {
    const name = metaOf(entity).className;
    return entityModel(models, name, `bulk.${name}`);
  };
  const run = <T>(sql: string, parameters: readonly unknown[]) =>
    (em as SqlEntityManager)
      .getConnection()
      .execute<T[]>(sql, [...parameters], 'all', em.getTransactionContext() as never);

  /** One parameter of JSON: PostgreSQL makes rows of it faster than of a parameter for each value. */
  async function write(table: string, columns: readonly Pick<Column, 'column' | 'type'>[], records: readonly object[]) {
    const names = columns.map(({ column }) => quote(column)).join(', ');
    const types = columns.map(({ column, type }) => `${quote(column)} ${type}`).join(', ');
    const sql = `insert into ${table} (${names}) select ${names} from json_to_recordset(?::json) as x(${types})`;
    await run(sql, [JSON.stringify(records)]);
  }

  return {
    async reserve(entity, count) {
      const { primaryKey, table, name } = modelOf(entity);
      if (!metaOf(entity).getPrimaryProp().autoincrement) {
        throw new ConfigurationError(`bulk.${name}`, 'the database does not count up its key');
      }
      const sql = `select nextval(pg_get_serial_sequence(?, ?))::text as key from generate_series(1, ?::int)`;
      const rows = await run<{ key: string }>(sql, [table, primaryKey.column, count]);
      return rows.map(({ key }) => Number(key));
    },

    async insert(entity, rows) {
      const [first] = rows;
      if (first === undefined) return;
      const model = modelOf(entity);
      const columns = columnsOf(model, metaOf(entity), first, em);
      const records = rows.map((row) => {
        const record: Record<string, unknown> = {};
        for (const { column, read } of columns) record[column] = read(row);
        return record;
      });
      await write(model.table, columns, records);
    },

    async pair(entity, relation, pairs) {
      if (pairs.length === 0) return;
      const model = modelOf(entity);
      const place = `bulk.${model.name}.${relation}`;
      const property = entityProperty(model, relation, place);
      if (property.kind !== 'toMany' || property.by.kind !== 'pivot') {
        throw new ConfigurationError(place, 'is not kept in a table of pairs');
      }
      const { table, ownColumn, targetColumn } = property.by;
      const columns = [
        { column: ownColumn, type: model.primaryKey.columnType },
        { column: targetColumn, type: property.target.primaryKey.columnType },
      ];
      await write(
        table,
        columns,
        pairs.map(([owner, target]) => ({ [ownColumn]: owner, [targetColumn]: target })),
      );
    },
  };
}

/**
 * Tells the database what its tables hold now, and tidies their indexes up: after a load. Until that is known, and an
 * autovacuum finds it out only later, searches are planned as if the tables were as they were before. Outside of
 * transactions.
 */
export async function settleTables(orm: MikroORM): Promise<void> {
  const tables = orm.getMetadata().getAll().values();
  const named = [...tables].filter(({ tableName, abstract, virtual }) => Boolean(tableName) && !abstract && !virtual);
  const names = new Set(named.map((meta) => tableOf(orm, meta)));
  const connection = (orm.em as SqlEntityManager).getConnection();
  await connection.execute(`vacuum (analyze) ${[...names].join(', ')}`);
}

/** The columns that are written: those of the row, and those that the entity itself fills. */
function columnsOf(model: EntityModel, meta: EntityMetadata, first: BulkRow, em: EntityManager): readonly Column[] {
  const columns: Column[] = [];
  for (const name of Object.keys(first)) {
    const place = `bulk.${model.name}.${name}`;
    const property = entityProperty(model, name, place);
    if (property.kind === 'toMany') throw new ConfigurationError(place, 'is a to-many relation');
    if (property.kind === 'toOne') {
      const { columnType } = property.target.primaryKey;
      columns.push({ name, column: property.column, type: columnType, read: (row) => row[name] ?? null });
    } else columns.push(scalarColumn(property, place, (row) => row[name] ?? null));
  }
  for (const { name, onCreate, version } of meta.props) {
    const property = model.properties.get(name);
    if (Object.hasOwn(first, name) || property?.kind !== 'scalar') continue;
    const place = `bulk.${model.name}.${name}`;
    if (onCreate !== undefined)
      columns.push(scalarColumn(property, place, (row) => onCreate(row as never, em as never)));
    else if (version === true && property.type === 'integer') columns.push(scalarColumn(property, place, () => 1));
  }
  return columns;
}

function scalarColumn(property: ScalarProperty, place: string, read: Column['read']): Column {
  if (property.type === 'binary') throw new ConfigurationError(place, 'binary columns cannot be written in bulk');
  return { name: property.name, column: property.column, type: property.columnType, read };
}
