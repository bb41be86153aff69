import { EventType, type MikroORM } from '@mikro-orm/core';
import { ConfigurationError } from '../errors/index.ts';
import { type CompiledMember, isWritable } from '../fields/members.ts';
import type { ColumnProperty } from '../store/model.ts';
import type { ResourcePlan } from './resource-plan.ts';

/** When MikroORM lets others put values onto a new entity. */
const moments = [EventType.onInit, EventType.beforeCreate, EventType.beforeFlush, EventType.onFlush] as const;

/**
 * Looks for columns that a create must fill and nothing does: no field, no default, neither the database nor the entity.
 * The first create would find them, as a 500. Says nothing where code of the user's may fill whatever it likes: a hook
 * before the write, a codec of its own, a listener of MikroORM's.
 *
 * @throws ConfigurationError at the create operation
 */
export function verifyFilled(plan: ResourcePlan, orm: MikroORM): void {
  const { operations, hooks, defaults = {} } = plan.descriptor;
  if (operations.create === undefined || operations.create === false || hooks?.beforeWrite !== undefined) return;
  const filled = columnsFilledBy(plan.members);
  if (filled === undefined || isListenedTo(plan, orm)) return;
  const needed = [...plan.model.properties.values()].filter(
    (property): property is ColumnProperty => property.kind !== 'toMany' && isNeeded(property),
  );
  for (const { name, column } of needed) if (Object.hasOwn(defaults, name)) filled.add(column);
  const { discriminatorColumn } = orm.getMetadata().get(plan.model.entity);
  const missing = needed.filter(({ name, column }) => !filled.has(column) && name !== discriminatorColumn);
  if (missing.length === 0) return;
  const made = emptyOf(plan, orm);
  const names = missing.map(({ name }) => name).filter((name) => made?.[name] === undefined);
  if (names.length > 0) {
    const quoted = names.map((name) => `"${name}"`).join(', ');
    throw new ConfigurationError(`${plan.place}.operations.create`, `nothing fills ${quoted} of ${plan.model.name}`);
  }
}

function isNeeded(property: ColumnProperty): boolean {
  return !property.nullable && (property.kind === 'toOne' || !property.generated);
}

/** The columns that fields fill when a record is made; `undefined` when some field may fill any. */
function columnsFilledBy(members: readonly CompiledMember[]): Set<string> | undefined {
  const columns = new Set<string>();
  for (const member of members) {
    const { codec, definition } = member;
    const isFilled = isWritable(member, true) || (codec.write !== undefined && definition.default !== undefined);
    if (!isFilled) continue;
    if (codec.group !== undefined) {
      const inside = columnsFilledBy(codec.group);
      if (inside === undefined) return undefined;
      for (const column of inside) columns.add(column);
    } else if (codec.property !== undefined && codec.property.kind !== 'toMany') columns.add(codec.property.column);
    // To-many fields write rows of others; what is left is code of the user's.
    else if (codec.populate === undefined) return undefined;
  }
  return columns;
}

function isListenedTo({ model }: ResourcePlan, orm: MikroORM): boolean {
  const meta = orm.getMetadata().get(model.entity);
  const events = orm.em.getEventManager();
  return moments.some((moment) => events.hasListeners(moment, meta));
}

/** A new entity as its class makes it: initial values of properties fill columns. */
function emptyOf({ model }: ResourcePlan, orm: MikroORM): Readonly<Record<string, unknown>> | undefined {
  try {
    const em = orm.em.fork();
    return em.create(model.entity, {} as never, { partial: true, persist: false }) as Record<string, unknown>;
  } catch {
    // A class that cannot be made of nothing fills nothing.
    return undefined;
  }
}
