import type { Collection } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import { all, everything, related } from '../query/condition.ts';
import type { OrderTerm } from '../query/order.ts';
import type { EntityModel } from '../store/model.ts';
import type { CallCondition } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, EntityObject, FieldCodec } from './codec.ts';
import { compileMembers, inputSchema, outputSchema, readMembers, writeMembers } from './members.ts';
import { membersGate } from './members-gate.ts';
import { propertyOfKind, resolvePath } from './property-path.ts';
import { amongRows, primaryKeyOf } from './resolve.ts';
import type { FieldDefinition } from './rules.ts';
import { showsPath } from './shown-path.ts';
import { verifyMembers } from './verify.ts';

export interface ListOptions {
  /** Which of the rows are shown. A write replaces those, and leaves the others alone. */
  readonly where?: (model: EntityModel) => CallCondition;
  /** Order of the rows: property names of theirs, `-` in front for descending. Their primary key when absent. */
  readonly order?: readonly string[];
  /** Fewest and most items that are accepted. */
  readonly items?: { readonly min?: number; readonly max?: number };
  /** What unset members of an item do; the API's rule when absent. */
  readonly nulls?: 'print' | 'omit';
  /** What an empty list is: `[]`, or unset like any other value. */
  readonly empty?: 'list' | 'unset';
}

/** Most items of a list that does not say. */
const MOST_ITEMS = 200;

/** Owned rows shown as a list of objects: `identifier: [{ system, value }]`. A write replaces the whole list (RFC 7396). */
export function listCodec(
  name: string,
  fields: Readonly<Record<string, FieldDefinition>>,
  options: ListOptions = {},
): FieldCodec {
  return {
    kind: 'list',
    compile(context: CodecContext): CompiledCodec {
      const relation = propertyOfKind(context.model, name, 'toMany', context.path);
      const { target } = relation;
      if (relation.by.kind !== 'foreignKey') {
        throw new ConfigurationError(context.path, `"${name}" is many-to-many; a list needs rows of its own`);
      }
      const owner = relation.by.property;
      const below = context.at('items', target);
      const members = compileMembers(fields, below);
      const where = options.where?.(target);
      const order = (options.order ?? []).map((term) => orderTerm(target, term, context.path));
      const nulls = options.nulls ?? context.representation.nulls;
      const writable = members.some(({ codec }) => codec.write !== undefined);
      const { min, max = MOST_ITEMS } = options.items ?? {};
      return {
        // Asked for when all resources are there, since members may be relations to them.
        get output() {
          return { type: 'array', items: outputSchema(members, nulls === 'print') };
        },
        get input() {
          if (!writable) return undefined;
          const items = inputSchema(members, { creating: true, partial: false, unknown: context.unknown });
          return { type: 'array', items, ...(min === undefined ? {} : { minItems: min }), maxItems: max };
        },
        nullable: options.empty === 'unset',
        required: (min ?? 0) > 0,
        unset: options.empty === 'unset' ? null : [],
        populate: [name],
        read(selection, scope) {
          // Rows that do not live and die with this record are changed without it.
          if (!relation.owned) scope.state.varies = true;
          const read = selection.toMany(relation, { where, order }, (each) =>
            readMembers(members, each, scope, options.nulls ?? scope.nulls),
          );
          if (options.empty !== 'unset') return read;
          return (row) => {
            const items = read(row);
            return items.length === 0 ? undefined : items;
          };
        },
        async write(entity, value, writing) {
          const { em } = writing.unit;
          const items = (value ?? []) as readonly Record<string, unknown>[];
          if (!writing.creating) {
            const present = (entity[name] as Collection<object>).getItems(false);
            // Rows that the list does not show are not the caller's to replace.
            const shown = where && (await amongRows(target, present, where(writing.call), writing));
            const replaced = present.filter((child) => shown?.has(String(primaryKeyOf(target, child))) ?? true);
            for (const child of replaced) em.remove(child);
            if (replaced.length + items.length > 0) writing.touch();
          }
          for (const [index, item] of items.entries()) {
            const child = em.create(target.entity, { [owner]: entity } as never, { partial: true }) as EntityObject;
            await writeMembers(members, child, item, { ...writing.below(index), creating: true, mode: 'set' });
          }
        },
        verify: (check) => verifyMembers(members, below.path, check),
        shows: (path, sight) => showsPath(members, path, sight),
        relation: (call) => ({
          along: (condition) => condition,
          some: (condition) => related(relation, all(where?.(call) ?? everything, condition)),
          gate: membersGate(members, target, call),
        }),
      };
    },
  };
}

/** `-createdAt` → the term. @throws ConfigurationError when there is no such property */
export function orderTerm(model: EntityModel, term: string, place: string): OrderTerm {
  const descending = term.startsWith('-');
  const path = resolvePath(model, descending ? term.slice(1) : term, place);
  return { ...path, direction: descending ? 'desc' : 'asc' };
}
