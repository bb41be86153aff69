import { ConfigurationError, SallyportError } from '../errors/index.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, any, type Condition, compare, isIn, nothing, type Operand, related } from '../query/condition.ts';
import type { KeyLeaf, QueryGate, RelationLeaf, WireKey } from '../query/gate.ts';
import type { CallContext } from '../road/call.ts';
import type { RelationProperty } from '../store/model.ts';

/** The condition that one of the keys names a record; a key that is malformed, or names nothing, matches nothing. */
export function namedByKeys(target: ResourcePlan, keys: readonly WireKey[], call: CallContext): Condition {
  const { primary } = target.key;
  if (primary !== undefined) {
    const values = keys.map((text) => primary.decode(String(text))).filter((value) => value !== undefined);
    return isIn(target.model.primaryKey, values as Operand[]);
  }
  return any(
    ...keys.map((text) => {
      try {
        return target.key.condition(String(text), call);
      } catch (error) {
        if (error instanceof SallyportError && error.code === 'malformed_key') return nothing;
        throw error;
      }
    }),
  );
}

/** @throws ConfigurationError when the resource is not served from the relation's entity */
export function verifyTarget(relation: RelationProperty, target: ResourcePlan, place: string): void {
  if (target.model !== relation.target) {
    throw new ConfigurationError(
      place,
      `"${target.name}" is served from ${target.model.name}, not ${relation.target.name}`,
    );
  }
}

/** The leaf of a record's own key. */
export function ownKeyLeaf(plan: ResourcePlan, call: CallContext): KeyLeaf {
  return {
    kind: 'key',
    nullable: false,
    along: (condition) => condition,
    named: (keys) => namedByKeys(plan, keys, call),
    set: all(),
    ...hierarchyOf(plan, call),
  };
}

/** The leaf of a relation: compared with keys of the other side, under the other side's own domain. */
export function keyLeafOf(relation: RelationProperty, target: ResourcePlan, call: CallContext): KeyLeaf {
  const { primary } = target.key;
  const direct = relation.kind === 'toOne' && primary !== undefined && !target.restricted;
  return {
    kind: 'key',
    nullable: relation.kind === 'toMany' || relation.nullable,
    along: (condition) => condition,
    named(keys) {
      if (!direct) return related(relation, all(target.domain(call), namedByKeys(target, keys, call)));
      const values = keys.map((text) => primary.decode(String(text))).filter((value) => value !== undefined);
      return isIn(relation, values as Operand[]);
    },
    get set() {
      return direct ? compare(relation, 'ne', null) : related(relation, target.domain(call));
    },
    get label() {
      return labelOf(relation, target, call);
    },
    ...hierarchyOf(target, call, relation),
  } as KeyLeaf;
}

/**
 * The text of the other side that stands for a record in `like` searches: its first readable, filterable text. None for
 * a caller who may not read the other side.
 */
function labelOf(relation: RelationProperty, target: ResourcePlan, call: CallContext): KeyLeaf['label'] {
  if (!target.readableBy(call)) return undefined;
  const gate = shownGate(target, call);
  for (const { name } of target.members) {
    const leaf = gate.filter([name]);
    if (leaf?.kind !== 'value' || leaf.type !== 'string') continue;
    return {
      ...leaf,
      nullable: true,
      build: (test) => related(relation, all(target.domain(call), leaf.along(leaf.build(test)))),
    };
  }
  return undefined;
}

function hierarchyOf(target: ResourcePlan, call: CallContext, through?: RelationProperty): Pick<KeyLeaf, 'hierarchy'> {
  const { hierarchy } = target;
  if (hierarchy === undefined || !target.tellsHierarchy(call)) return {};
  return {
    hierarchy(direction, keys) {
      const of = all(target.domain(call), namedByKeys(target, keys, call));
      const rows: Condition = { kind: 'hierarchy', parent: hierarchy, direction, of };
      return through === undefined ? rows : related(through, all(target.domain(call), rows));
    },
  };
}

/** The way through a relation, for callers who may read the other side at all. */
export function throughRelation(
  relation: RelationProperty,
  target: ResourcePlan,
  call: CallContext,
): RelationLeaf | undefined {
  if (!target.readableBy(call)) return undefined;
  return {
    along: (condition) => condition,
    some: (condition) => related(relation, all(target.domain(call), condition)),
    get gate() {
      return shownGate(target, call);
    },
  };
}

/** The gate of the other side, of which nothing is found by what policies hide of a single record. */
function shownGate(target: ResourcePlan, call: CallContext): QueryGate {
  const gate = target.gate(call);
  if (!target.policies(call).some(({ showing }) => showing !== undefined)) return gate;
  const shown = (name: string | undefined) => (name === undefined ? all() : target.showing(call, new Set([name])));
  return {
    primaryKey: gate.primaryKey,
    defaultOrder: gate.defaultOrder,
    sort: (name) => gate.sort(name),
    filter(path) {
      const leaf = gate.filter(path);
      return leaf && { ...leaf, along: (condition) => all(shown(path[0]), leaf.along(condition)) };
    },
    relation(path) {
      const leaf = gate.relation(path);
      return leaf && { ...leaf, along: (condition) => all(shown(path[0]), leaf.along(condition)) };
    },
  };
}
