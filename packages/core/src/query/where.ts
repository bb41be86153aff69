import type { ExpandProperty } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import type { ColumnProperty, EntityModel, PropertyModel } from '../store/model.ts';
import { canonicalTimestamp } from './calendar.ts';
import {
  all,
  any,
  type ComparisonOperator,
  type Condition,
  compare,
  type Expected,
  everything,
  firstRelated,
  isIn,
  not,
  nothing,
  type OneOf,
  type Operand,
  oneOf,
  related,
} from './condition.ts';
import type { OrderTerm } from './order.ts';
import { totalOrder } from './ordering.ts';

/** The names of an entity's properties. */
export type PropertyName<E> = keyof E & string;

/** What a property is compared with: its own type; the key of the target for a relation. */
export type PropertyValue<V> =
  NonNullable<V> extends infer T
    ? T extends string
      ? T
      : T extends number
        ? T
        : T extends boolean
          ? boolean
          : T extends bigint
            ? bigint | number | string
            : T extends Date
              ? Date | string
              : string | number | bigint
    : never;

/** The entity behind a relation, to-one or to-many. */
export type RelatedEntity<V> = ExpandProperty<NonNullable<V>> & object;

/**
 * Writes conditions on an entity in TypeScript: the server's own domains and policies. Names and values are checked by
 * the compiler, and names again when they are used.
 *
 * @throws ConfigurationError from every method that is given a property that is not there, or no value.
 */
export interface Where<E> {
  /** Every row. */
  readonly always: Condition;
  /** No row. */
  readonly never: Condition;
  /** Null is a value: `eq('parent', null)` finds the rows without one. */
  eq<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]> | null): Condition;
  /** Includes the rows where it is not set. */
  ne<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]> | null): Condition;
  gt<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]>): Condition;
  ge<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]>): Condition;
  lt<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]>): Condition;
  le<K extends PropertyName<E>>(property: K, value: PropertyValue<E[K]>): Condition;
  /** One of the values; no row for an empty list. */
  in<K extends PropertyName<E>>(property: K, values: readonly (PropertyValue<E[K]> | null)[]): Condition;
  isNull(property: PropertyName<E>): Condition;
  isNotNull(property: PropertyName<E>): Condition;
  /** Literally: `%` and `_` are no wildcards. */
  contains(property: PropertyName<E>, text: string, options?: { readonly ignoreCase?: boolean }): Condition;
  /** Literally: `%` and `_` are no wildcards. */
  startsWith(property: PropertyName<E>, text: string, options?: { readonly ignoreCase?: boolean }): Condition;
  /** Equal but for case; `%` and `_` are no wildcards. */
  equalsIgnoringCase(property: PropertyName<E>, text: string): Condition;
  /** A JSON column has all of a JSON value in it: members of objects, elements of lists (`@>` of PostgreSQL). */
  holds(property: PropertyName<E>, value: unknown): Condition;
  /** Some row of the relation holds the condition; without one, that there is a row. */
  related<K extends PropertyName<E>>(
    relation: K,
    condition?: (target: Where<RelatedEntity<E[K]>>) => Condition,
  ): Condition;
  /**
   * Of the rows of the relation that hold `among`, the first by `order` (names of its properties, `-` for descending;
   * the primary key decides last) holds the condition.
   */
  first<K extends PropertyName<E>>(
    relation: K,
    choice: {
      readonly among?: (target: Where<RelatedEntity<E[K]>>) => Condition;
      readonly order?: readonly string[];
    },
    condition: (target: Where<RelatedEntity<E[K]>>) => Condition,
  ): Condition;
  /** Rows at and below (or above) those of the condition, by a to-one relation of the entity to itself. */
  hierarchy(parent: PropertyName<E>, direction: 'descendants' | 'ancestors', of: Condition): Condition;
  /** Like `or`, of conditions on rows of to-many relations, told how many rows to expect: {@link OneOf}. */
  oneOf(ways: readonly Condition[], rows: Expected): Condition;
  and(...conditions: readonly Condition[]): Condition;
  or(...conditions: readonly Condition[]): Condition;
  not(condition: Condition): Condition;
}

/**
 * The builder of conditions on one entity.
 *
 * @example
 * const person = where<Person>(model);
 * person.and(person.eq('active', true), person.related('identifiers', (i) => i.eq('value', 'NX-1')));
 *
 * @param path The place in the descriptor that errors name; the entity's name unless told.
 */
export function where<E>(model: EntityModel, path: string = model.name): Where<E> {
  function property(name: string): PropertyModel {
    const found = model.properties.get(name);
    if (found === undefined) throw new ConfigurationError(`${path}.${name}`, `no property "${name}" on ${model.name}`);
    return found;
  }
  function column(name: string): ColumnProperty {
    const found = property(name);
    if (found.kind === 'toMany') {
      throw new ConfigurationError(`${path}.${name}`, 'a to-many relation has no value: use `related`');
    }
    return found;
  }
  const value = (on: ColumnProperty, given: unknown): Operand => storedOperand(on, given, `${path}.${on.name}`);
  const comparing = (operator: ComparisonOperator) => (name: string, given: unknown) => {
    const on = column(name);
    return compare(on, operator, value(on, given));
  };
  const matching =
    (operator: 'contains' | 'startsWith') =>
    (name: string, text: string, options: { readonly ignoreCase?: boolean } = {}) => {
      const on = column(name);
      return compare(on, operator, value(on, text), options);
    };

  return {
    always: everything,
    never: nothing,
    eq: comparing('eq'),
    ne: comparing('ne'),
    gt: comparing('gt'),
    ge: comparing('ge'),
    lt: comparing('lt'),
    le: comparing('le'),
    in: (name, values) => {
      const on = column(name);
      return isIn(
        on,
        values.map((given) => value(on, given)),
      );
    },
    isNull: (name) => compare(column(name), 'eq', null),
    isNotNull: (name) => compare(column(name), 'ne', null),
    contains: matching('contains'),
    startsWith: matching('startsWith'),
    equalsIgnoringCase: (name, text) => {
      const on = column(name);
      // A pattern without wildcards.
      return compare(on, 'like', value(on, text.replace(/[\\%_]/g, '\\$&')), { ignoreCase: true });
    },
    holds: (name, value) => {
      const on = property(name);
      const text: string | undefined = JSON.stringify(value);
      if (on.kind !== 'scalar' || on.type !== 'json') throw new ConfigurationError(`${path}.${name}`, 'holds no JSON');
      return compare(on, 'holds', text ?? unusable(`${path}.${name}`));
    },
    related: (name, condition) => {
      const relation = property(name);
      if (relation.kind === 'scalar') throw new ConfigurationError(`${path}.${name}`, 'is not a relation');
      return related(relation, condition?.(where(relation.target, `${path}.${name}`)));
    },
    first: (name, { among, order = [] }, condition) => {
      const relation = property(name);
      if (relation.kind === 'scalar') throw new ConfigurationError(`${path}.${name}`, 'is not a relation');
      const target = where<never>(relation.target, `${path}.${name}`);
      const terms = order.map((term) => ownTerm(relation.target, term, `${path}.${name}`));
      return firstRelated(
        relation,
        { among: among?.(target as never) ?? everything, order: totalOrder(terms, relation.target) },
        condition(target as never),
      );
    },
    hierarchy: (name, direction, of) => {
      const parent = property(name);
      if (parent.kind !== 'toOne' || parent.target !== model) {
        throw new ConfigurationError(`${path}.${name}`, `is not a to-one relation of ${model.name} to itself`);
      }
      return { kind: 'hierarchy', parent, direction, of };
    },
    oneOf,
    and: all,
    or: any,
    not,
  };
}

/** `name` or `-name`, of a column of the entity's own. */
function ownTerm(model: EntityModel, term: string, path: string): OrderTerm {
  const name = term.replace(/^-/, '');
  const property = model.properties.get(name);
  if (property?.kind !== 'scalar')
    throw new ConfigurationError(path, `${model.name} has no column "${name}" to order by`);
  return { property, through: [], direction: name === term ? 'asc' : 'desc' };
}

/** A value of the program as an operand. A value that is missing must never pass as "no restriction". */
function storedOperand(property: ColumnProperty, value: unknown, path: string): Operand {
  const type = property.kind === 'scalar' ? property.type : property.target.primaryKey.type;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return type === 'timestamp' ? (canonicalTimestamp(String(value)) ?? unusable(path)) : value;
    case 'bigint':
      return type === 'integer' || type === 'number' ? Number(value) : String(value);
    case 'number':
      if (!Number.isFinite(value)) return unusable(path);
      return type === 'bigint' || type === 'decimal' ? String(value) : value;
    default: {
      if (value === null) return null;
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) return unusable(path);
      const text = value.toISOString();
      return type === 'date' ? text.slice(0, 10) : (canonicalTimestamp(text) ?? unusable(path));
    }
  }
}

function unusable(path: string): never {
  throw new ConfigurationError(path, 'is compared with something that is no value of it');
}
