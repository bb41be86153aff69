import type { EntityMetadata, EntityProperty, MikroORM } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import type { EntityModel, PropertyModel, ScalarProperty, ToManyProperty, ToOneProperty } from './model.ts';
import { quote, scalarTypeOf } from './sql/types.ts';

/** Why an entity or a property is missing in the model, so that whoever asks for it learns more than "unknown". */
const missing = new WeakMap<object, Map<string, string>>();

interface Draft {
  readonly meta: EntityMetadata;
  readonly model: EntityModel;
  readonly properties: Map<string, PropertyModel>;
  readonly reasons: Map<string, string>;
}

/**
 * What Sallyport needs to know of every entity, read once from MikroORM's metadata: the entity's name → its model.
 *
 * Entities that cannot be a resource (a composite primary key, a table of pairs, an inherited table) are left out;
 * properties without a column of their own (formulas, embeddables) are left out of their entity. Asking for one of
 * them with {@link entityModel} or {@link entityProperty} tells why.
 */
export function describeEntities(orm: MikroORM): ReadonlyMap<string, EntityModel> {
  const models = new Map<string, EntityModel>();
  const reasons = new Map<string, string>();
  missing.set(models, reasons);
  const drafts = new Map<string, Draft>();
  for (const meta of orm.getMetadata().getAll().values()) {
    const reason = whyNotResource(meta);
    if (reason !== undefined) {
      reasons.set(meta.className, reason);
      continue;
    }
    const draft = draftOf(meta, tableOf(orm, meta));
    drafts.set(meta.className, draft);
    models.set(meta.className, draft.model);
  }
  for (const draft of drafts.values()) {
    for (const property of draft.meta.props) link(orm, draft, property, drafts);
    Object.freeze(draft.model);
  }
  return models;
}

/**
 * The model of an entity.
 *
 * @throws ConfigurationError at `path`, with the reason, when no resource can be made of it.
 */
export function entityModel(models: ReadonlyMap<string, EntityModel>, name: string, path: string): EntityModel {
  const model = models.get(name);
  if (model !== undefined) return model;
  const reason = missing.get(models)?.get(name);
  throw new ConfigurationError(path, reason === undefined ? `no entity "${name}"` : `entity "${name}" ${reason}`);
}

/**
 * A property of an entity.
 *
 * @throws ConfigurationError at `path`, with the reason, when there is none that can be read and written.
 */
export function entityProperty(model: EntityModel, name: string, path: string): PropertyModel {
  const property = model.properties.get(name);
  if (property !== undefined) return property;
  const reason = missing.get(model)?.get(name);
  throw new ConfigurationError(
    path,
    reason === undefined
      ? `no property "${name}" on ${model.name}`
      : `property "${name}" of ${model.name} cannot be used: ${reason}`,
  );
}

/** The quoted name of an entity's table, with its schema when it has one. */
export function tableOf(orm: Pick<MikroORM, 'em'>, meta: EntityMetadata): string {
  const schema = meta.schema !== undefined && meta.schema !== '*' ? meta.schema : orm.em.config.get('schema');
  return schema === undefined ? quote(meta.tableName) : `${quote(schema)}.${quote(meta.tableName)}`;
}

function whyNotResource(meta: EntityMetadata): string | undefined {
  if (meta.pivotTable === true) return 'is a table of pairs';
  if (meta.embeddable) return 'is an embeddable';
  if (meta.abstract) return 'is abstract';
  if (meta.virtual === true) return 'is virtual: it has no table';
  if (meta.inheritanceType !== undefined && meta.root !== meta) return 'shares the table of the entity it extends';
  if (meta.primaryKeys.length === 0) return 'has no primary key';
  if (meta.primaryKeys.length > 1) return 'has a composite primary key';
  const [primary] = meta.getPrimaryProps();
  if (primary === undefined || primary.kind !== 'scalar') return 'has a foreign key for its primary key';
  return undefined;
}

function draftOf(meta: EntityMetadata, table: string): Draft {
  const properties = new Map<string, PropertyModel>();
  const reasons = new Map<string, string>();
  const primaryKey = scalar(meta.getPrimaryProp());
  properties.set(primaryKey.name, primaryKey);
  const model: EntityModel = {
    name: meta.className,
    entity: meta.class,
    table,
    primaryKey,
    properties,
    uniques: uniquesOf(meta),
  };
  missing.set(model, reasons);
  return { meta, model, properties, reasons };
}

/** What the database holds unique over the whole table; partial and computed indexes promise less. */
function uniquesOf(meta: EntityMetadata): readonly (readonly string[])[] {
  const alone = meta.props.filter(({ primary, unique, kind, owner }) => {
    return primary === true || (unique !== undefined && unique !== false) || (kind === '1:1' && owner);
  });
  const together = meta.uniques
    .filter(
      ({ expression, where, columns }) => expression === undefined && where === undefined && columns === undefined,
    )
    .map(({ properties = [] }) => (Array.isArray(properties) ? properties : [properties]));
  return Object.freeze([...alone.map(({ name }) => [name]), ...together.filter((names) => names.length > 0)]);
}

function link(orm: MikroORM, draft: Draft, property: EntityProperty, drafts: ReadonlyMap<string, Draft>): void {
  if (draft.properties.has(property.name)) return;
  const made = propertyOf(orm, property, drafts);
  if (typeof made === 'string') draft.reasons.set(property.name, made);
  else draft.properties.set(property.name, made);
}

/** The model of a property, or why it has none. */
function propertyOf(
  orm: MikroORM,
  property: EntityProperty,
  drafts: ReadonlyMap<string, Draft>,
): PropertyModel | string {
  if (property.formula !== undefined) return 'it is a formula';
  if (property.embedded !== undefined || property.kind === 'embedded') return 'it belongs to an embeddable';
  if (property.kind === 'scalar') {
    if (property.persist === false) return 'it is not stored';
    if (property.fieldNames?.length !== 1) return 'it has no column, or several';
    if (property.hasConvertToJSValueSQL || property.hasConvertToDatabaseValueSQL) return 'its type is converted in SQL';
    return scalar(property);
  }
  if (property.polymorphic === true) return 'it is polymorphic';
  const target = drafts.get(property.targetMeta?.className ?? '')?.model;
  if (target === undefined) return `no resource can be made of ${property.targetMeta?.className ?? 'its target'}`;
  if (property.where !== undefined) return 'it has a condition of its own';
  switch (property.kind) {
    case 'm:1':
    case '1:1':
      return property.owner ? toOne(orm, property, target) : 'it is the other side of a one-to-one relation';
    case '1:m':
      return oneToMany(property, target);
    case 'm:n':
      return manyToMany(orm, property, target);
    default:
      return `relations of the kind ${String(property.kind)} are not known`;
  }
}

function toOne(orm: MikroORM, property: EntityProperty, target: EntityModel): ToOneProperty | string {
  const [column] = property.fieldNames;
  if (column === undefined || property.fieldNames.length > 1) return 'its foreign key has several columns';
  if (property.persist === false) return 'it is not stored';
  if (!pointsToKey(property.referencedColumnNames, target)) return "it does not point to its target's primary key";
  const { createForeignKeyConstraints = true } = orm.config.get('schemaGenerator');
  const enforced = createForeignKeyConstraints && property.createForeignKeyConstraint !== false;
  const nullable = property.nullable === true;
  return Object.freeze({ kind: 'toOne', name: property.name, column, nullable, enforced, target });
}

function oneToMany(property: EntityProperty, target: EntityModel): ToManyProperty | string {
  const owner = property.targetMeta?.properties[property.mappedBy];
  const [column] = owner?.fieldNames ?? [];
  if (owner === undefined || column === undefined || owner.fieldNames.length > 1) return 'its foreign key is composite';
  const by = Object.freeze({ kind: 'foreignKey', column, property: owner.name } as const);
  return Object.freeze({ kind: 'toMany', name: property.name, target, by, owned: property.orphanRemoval === true });
}

function manyToMany(orm: MikroORM, property: EntityProperty, target: EntityModel): ToManyProperty | string {
  const [ownColumn] = property.joinColumns;
  const [targetColumn] = property.inverseJoinColumns;
  const single = property.joinColumns.length === 1 && property.inverseJoinColumns.length === 1;
  if (!single || ownColumn === undefined || targetColumn === undefined) return 'its table of pairs has composite keys';
  const table = tableOf(orm, orm.getMetadata().get(property.pivotEntity));
  const by = Object.freeze({ kind: 'pivot', table, ownColumn, targetColumn } as const);
  return Object.freeze({ kind: 'toMany', name: property.name, target, by, owned: false });
}

function pointsToKey(columns: readonly string[] | undefined, target: EntityModel): boolean {
  return columns?.length === 1 && columns[0] === target.primaryKey.column;
}

function scalar(property: EntityProperty): ScalarProperty {
  const columnType = plainType((property.columnTypes[0] ?? 'text').toLowerCase());
  const native = property.nativeEnumName;
  const type = native === undefined ? scalarTypeOf(columnType) : 'string';
  const [, first, second] = /\((\d+)(?:\s*,\s*(\d+))?\)/.exec(columnType) ?? [];
  const generated =
    property.autoincrement === true ||
    property.version === true ||
    property.default !== undefined ||
    property.defaultRaw !== undefined ||
    property.onCreate !== undefined ||
    property.generated !== undefined;
  return Object.freeze({
    kind: 'scalar',
    name: property.name,
    column: property.fieldNames[0] ?? property.name,
    type,
    columnType: native === undefined ? columnType : quotedType(native),
    runtime: property.runtimeType,
    nullable: property.nullable === true,
    primary: property.primary === true,
    generated,
    version: property.version === true,
    ...(type === 'string' && first !== undefined && /char/.test(columnType) && { length: Number(first) }),
    ...(type === 'decimal' && first !== undefined && { precision: Number(first), scale: Number(second ?? 0) }),
    ...(property.items !== undefined && property.enum === true && { values: Object.freeze([...property.items]) }),
  });
}

/** An enumerated type's name, which may stand in a schema: `"crm"."gender"`. */
function quotedType(name: string): string {
  return name.split('.').map(quote).join('.');
}

/** `serial` and its sisters are not types that a value can be cast to. */
function plainType(columnType: string): string {
  if (columnType === 'serial') return 'int';
  if (columnType === 'bigserial') return 'bigint';
  if (columnType === 'smallserial') return 'smallint';
  return columnType;
}
