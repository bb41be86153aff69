import type { FilterLeaf, KeyLeaf, QueryGate, RelationLeaf } from '../query/gate.ts';
import type { OrderTerm } from '../query/order.ts';
import type { CallContext } from '../road/call.ts';
import type { EntityModel, ScalarProperty } from '../store/model.ts';
import type { CompiledMember } from './members.ts';

/** What else a gate lets through. */
export interface GateOptions {
  /** Names that the caller may see; all when undefined. */
  readonly visible?: ReadonlySet<string> | undefined;
  /** Names that the caller may sort by, where those are fewer. */
  readonly sortable?: ReadonlySet<string> | undefined;
  /** The record's own key, under the name that it has on the wire. */
  readonly key?: { readonly name: string; readonly leaf: KeyLeaf; readonly order: ScalarProperty | undefined };
  readonly defaultOrder?: readonly OrderTerm[];
  /** Names to order by that are no members, with the member that shows what they order by. */
  readonly sorts?: ReadonlyMap<string, { readonly terms: readonly OrderTerm[]; readonly shownIn: string }>;
  /** Lets every field through that exists: for parameters that the descriptor itself declares over them. */
  readonly declared?: boolean;
}

/** The gate over members: only those that are declared filterable or sortable, are read, and are visible to the caller. */
export function membersGate(
  members: readonly CompiledMember[],
  model: EntityModel,
  call: CallContext,
  { visible, sortable = visible, key, defaultOrder = [], sorts, declared = false }: GateOptions = {},
): QueryGate {
  const open = (name: string, use: 'filter' | 'sort') => {
    const seen = use === 'sort' ? sortable : visible;
    return members.find(
      (member) =>
        member.name === name &&
        (declared || (member.rules[use] === true && member.rules.read !== false)) &&
        (seen === undefined || seen.has(name) || member.rules.always === true),
    );
  };
  const gate: QueryGate = {
    primaryKey: model.primaryKey,
    defaultOrder,
    filter([first = '', ...rest]): FilterLeaf | undefined {
      if (key !== undefined && first === key.name && rest.length === 0) return key.leaf;
      const codec = open(first, 'filter')?.codec;
      if (codec === undefined) return undefined;
      if (rest.length === 0) return codec.leaf?.(call);
      const inner = codec.members?.(call).filter(rest);
      if (inner !== undefined) return inner;
      const relation = codec.relation?.(call);
      const leaf = relation?.gate.filter(rest);
      if (relation === undefined || leaf === undefined) return undefined;
      return { ...leaf, nullable: true, along: (condition) => relation.some(leaf.along(condition)) };
    },
    relation([first = '', ...rest]): RelationLeaf | undefined {
      const codec = open(first, 'filter')?.codec;
      if (codec === undefined) return undefined;
      const own = codec.relation?.(call);
      if (rest.length === 0) return own;
      const inner = codec.members?.(call).relation(rest);
      if (inner !== undefined) return inner;
      const further = own?.gate.relation(rest);
      if (own === undefined || further === undefined) return undefined;
      return { ...further, along: (condition) => own.some(further.along(condition)) };
    },
    sort(name): readonly OrderTerm[] | undefined {
      const further = sorts?.get(name);
      if (further !== undefined) return sortable?.has(further.shownIn) === false ? undefined : further.terms;
      if (key?.order !== undefined && name === key.name)
        return [{ property: key.order, through: [], direction: 'asc' }];
      const [first = '', ...rest] = name.split('.');
      const codec = open(first, 'sort')?.codec;
      if (rest.length > 0) return codec?.members?.(call).sort(rest.join('.'));
      return codec?.order?.map((term) => ({ ...term, direction: 'asc' as const }));
    },
  };
  return gate;
}
