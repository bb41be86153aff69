import type { EntityName } from '@mikro-orm/core';

/** The kinds of scalar column that Sallyport tells apart. */
export type ScalarType =
  | 'string'
  | 'integer'
  | 'bigint'
  | 'number'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'uuid'
  | 'json'
  | 'binary';

/** A column with a value of its own. */
export interface ScalarProperty {
  readonly kind: 'scalar';
  readonly name: string;
  readonly column: string;
  readonly type: ScalarType;
  /** The column's type in the database, for casts of parameters: `timestamptz`, `varchar(20)`. */
  readonly columnType: string;
  /** The JavaScript type that an entity holds it as: `string`, `Date`, `bigint`, `number`, `Buffer`. */
  readonly runtime: string;
  readonly nullable: boolean;
  readonly primary: boolean;
  /** Most characters, for strings. */
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** The allowed values of an enumerated column. */
  readonly values?: readonly (string | number)[];
  /** Whether the database or the entity fills it on create when nobody does. */
  readonly generated: boolean;
  /** Whether MikroORM counts it up on each update and checks it in the `UPDATE`. */
  readonly version: boolean;
}

/** A foreign key. */
export interface ToOneProperty {
  readonly kind: 'toOne';
  readonly name: string;
  readonly column: string;
  readonly nullable: boolean;
  /** Whether a constraint of the database promises that the row it names is there. */
  readonly enforced: boolean;
  readonly target: EntityModel;
}

/** Rows of another table that point here, directly or through a table of pairs. */
export interface ToManyProperty {
  readonly kind: 'toMany';
  readonly name: string;
  readonly target: EntityModel;
  /** The target's foreign key to this entity, or the table of pairs. */
  readonly by:
    | { readonly kind: 'foreignKey'; readonly column: string; readonly property: string }
    | {
        readonly kind: 'pivot';
        /** Quoted and qualified. */
        readonly table: string;
        readonly ownColumn: string;
        readonly targetColumn: string;
      };
  /** Whether the rows live and die with their owner (orphan removal). */
  readonly owned: boolean;
}

export type PropertyModel = ScalarProperty | ToOneProperty | ToManyProperty;
export type RelationProperty = ToOneProperty | ToManyProperty;
export type ColumnProperty = ScalarProperty | ToOneProperty;

/** What Sallyport needs to know of an entity, taken once from MikroORM's metadata. */
export interface EntityModel {
  readonly name: string;
  /** What MikroORM's entity manager takes as the entity's name. */
  readonly entity: EntityName<object>;
  /** Quoted, and qualified by its schema when it has one: safe to stand in SQL text. */
  readonly table: string;
  readonly primaryKey: ScalarProperty;
  readonly properties: ReadonlyMap<string, PropertyModel>;
  /** Names of properties that are unique: alone, or those of one list together. The primary key is one of them. */
  readonly uniques: readonly (readonly string[])[];
}
