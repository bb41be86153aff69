import type { ColumnProperty, EntityModel, RelationProperty, ScalarProperty, ToOneProperty } from '../store/model.ts';
import { type Condition, compare, everything, isIn, nothing, type Operand, related } from './condition.ts';
import type { FilterLeaf, KeyLeaf, QueryGate, RelationLeaf, ValueLeaf, WireKey } from './gate.ts';
import { operandOf } from './operand.ts';

type Wrap = (condition: Condition) => Condition;

const here: Wrap = (condition) => condition;

/**
 * A gate that lets every property of an entity through under its own name, with stored keys: for domains that the
 * server writes itself. It must never stand between a caller and the columns.
 */
export function modelGate(model: EntityModel): QueryGate {
  /** Walks the relations of a path; answers the entity at its end and how to get there. */
  function walk(path: readonly string[]): { at: EntityModel; along: Wrap } | undefined {
    let at = model;
    let along = here;
    for (const name of path) {
      const relation = at.properties.get(name);
      if (relation === undefined || relation.kind === 'scalar') return undefined;
      const outer = along;
      along = (condition) => outer(related(relation, condition));
      at = relation.target;
    }
    return { at, along };
  }

  return {
    primaryKey: model.primaryKey,
    defaultOrder: [{ property: model.primaryKey, through: [], direction: 'asc' }],
    filter(path): FilterLeaf | undefined {
      const end = walk(path.slice(0, -1));
      const property = end?.at.properties.get(path.at(-1) ?? '');
      if (end === undefined || property === undefined) return undefined;
      if (property.kind !== 'scalar') return relationKey(end.at, property, end.along);
      return property === end.at.primaryKey ? ownKey(end.at, end.along) : columnLeaf(property, end.along);
    },
    relation(path): RelationLeaf | undefined {
      const end = walk(path.slice(0, -1));
      const relation = end?.at.properties.get(path.at(-1) ?? '');
      if (end === undefined || relation === undefined || relation.kind === 'scalar') return undefined;
      return {
        along: end.along,
        some: (condition) => related(relation, condition),
        get gate() {
          return modelGate(relation.target);
        },
      };
    },
    sort(name) {
      const property = model.properties.get(name);
      return property?.kind === 'scalar' ? [{ property, through: [], direction: 'asc' }] : undefined;
    },
  };
}

/** The leaf of a plain column. */
export function columnLeaf(property: ScalarProperty, along: Wrap = here): ValueLeaf {
  const { type, nullable, values } = property;
  return {
    kind: 'value',
    type,
    nullable,
    ...(values === undefined ? {} : { values }),
    along,
    build: (test) => test(property),
  };
}

/** Stored keys as operands: those that are none are left out, so that they match nothing. */
function storedKeys(key: ScalarProperty, keys: readonly WireKey[]): readonly Operand[] {
  return keys.map((wire) => operandOf(key, wire)).filter((operand) => operand !== undefined);
}

function isAmong(property: ColumnProperty, keys: readonly Operand[]): Condition {
  const [first] = keys;
  return keys.length === 1 && first !== undefined ? compare(property, 'eq', first) : isIn(property, keys);
}

/** The to-one relation of an entity to itself, when it has exactly one. */
function parentOf(model: EntityModel): ToOneProperty | undefined {
  const parents = [...model.properties.values()].filter(
    (property): property is ToOneProperty => property.kind === 'toOne' && property.target === model,
  );
  return parents.length === 1 ? parents[0] : undefined;
}

function ownKey(model: EntityModel, along: Wrap): KeyLeaf {
  const { primaryKey } = model;
  const parent = parentOf(model);
  const named = (keys: readonly WireKey[]) => isAmong(primaryKey, storedKeys(primaryKey, keys));
  return {
    kind: 'key',
    nullable: false,
    along,
    named,
    set: everything,
    ordered: (operator, key) => {
      const operand = operandOf(primaryKey, key);
      return operand === undefined ? nothing : compare(primaryKey, operator, operand);
    },
    ...(parent === undefined
      ? {}
      : { hierarchy: (direction, keys) => ({ kind: 'hierarchy', parent, direction, of: named(keys) }) }),
  };
}

function relationKey(model: EntityModel, relation: RelationProperty, along: Wrap): KeyLeaf {
  const { primaryKey } = relation.target;
  const target = ownKey(relation.target, here);
  const toOne = relation.kind === 'toOne';
  const leaf: KeyLeaf = {
    kind: 'key',
    nullable: toOne ? relation.nullable : true,
    along,
    named: (keys) => {
      const stored = storedKeys(primaryKey, keys);
      return toOne ? isAmong(relation, stored) : related(relation, isAmong(primaryKey, stored));
    },
    set: toOne ? compare(relation, 'ne', null) : related(relation),
  };
  if (target.hierarchy === undefined) return leaf;
  // On an entity's own parent, the hierarchy is the entity's: `parent child_of 5` is `id child_of 5`.
  const own = toOne && relation.target === model && relation === parentOf(model);
  const { hierarchy } = target;
  return {
    ...leaf,
    hierarchy: (direction, keys) => (own ? hierarchy(direction, keys) : related(relation, hierarchy(direction, keys))),
  };
}
