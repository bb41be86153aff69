import { type Collection, LockMode } from '@mikro-orm/core';
import type { WriteHookContext } from '../descriptor/hooks.ts';
import { SallyportError } from '../errors/index.ts';
import type { EntityObject, WriteContext } from '../fields/codec.ts';
import { isWritable, writeDefault, writeMembers } from '../fields/members.ts';
import { recordOf } from '../fields/resolve.ts';
import { defaultValue, isRecordCriterion } from '../fields/rules.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, compare } from '../query/condition.ts';
import type { CallContext } from '../road/call.ts';
import type { Unit } from '../store/store.ts';

export type Body = Readonly<Record<string, unknown>>;

/** The hooks of a descriptor, which are typed by its entity, as the core calls them. */
interface Hooks {
  beforeWrite?(entity: EntityObject, context: WriteHookContext): void | Promise<void>;
  beforeDelete?(entity: EntityObject, context: WriteHookContext): void | Promise<void>;
  afterWrite?(entity: EntityObject, context: WriteHookContext): void | Promise<void>;
}

const hooksOf = (plan: ResourcePlan): Hooks => (plan.descriptor.hooks ?? {}) as Hooks;

/** Fills what callers did not or cannot send; what they can is filled as the body is written. */
async function applyDefaults(plan: ResourcePlan, entity: EntityObject, context: WriteContext): Promise<void> {
  for (const [name, source] of Object.entries(plan.descriptor.defaults ?? {})) {
    const value = defaultValue(source, context.call);
    entity[name] = isRecordCriterion(value) ? await recordOf(value, plan.model.properties.get(name), context) : value;
  }
  for (const member of plan.members) {
    const { default: source } = member.definition;
    if (source === undefined || isWritable(member, true)) continue;
    await writeDefault(member, source, entity, context.below(member.name));
  }
}

/** What fields are told while they are written, and what they have asked for. */
export function writing(unit: Unit, call: CallContext, creating: boolean, mode: WriteContext['mode']) {
  const delayed: (() => void | Promise<void>)[] = [];
  let touched = false;
  const at = (path: readonly (string | number)[]): WriteContext => ({
    unit,
    call,
    creating,
    mode,
    path,
    below: (step) => at([...path, step]),
    touch() {
      touched = true;
    },
    later: (work) => {
      delayed.push(work);
    },
  });
  return {
    context: at([]),
    touched: () => touched,
    async finish() {
      for (const work of delayed) await work();
    },
  };
}

/** A write that would leave the record outside what its writer may reach is refused. */
async function assertInside(plan: ResourcePlan, primaryKey: unknown, unit: Unit, call: CallContext): Promise<void> {
  if (!plan.restricted) return;
  const where = all(plan.changeable(call), compare(plan.model.primaryKey, 'eq', primaryKey as string));
  if ((await unit.count(plan.model, where, 'exact')) === 0) {
    throw new SallyportError('forbidden', {
      resource: plan.name,
      detail: 'The record would lie outside what you may write.',
    });
  }
}

/** Makes a record. Answers its primary key. */
export async function createRecord(plan: ResourcePlan, body: Body, unit: Unit, call: CallContext): Promise<unknown> {
  const entity = unit.em.create(plan.model.entity, {} as never, { partial: true }) as EntityObject;
  const { context, finish } = writing(unit, call, true, 'merge');
  await applyDefaults(plan, entity, context);
  await writeMembers(plan.members, entity, body, context);
  await finish();
  const hookContext: WriteHookContext = { operation: 'create', plan, call, unit, body };
  const hooks = hooksOf(plan);
  await hooks.beforeWrite?.(entity, hookContext);
  await unit.em.flush();
  const primaryKey = entity[plan.model.primaryKey.name];
  await hooks.afterWrite?.(entity, hookContext);
  await unit.em.flush();
  await assertInside(plan, primaryKey, unit, call);
  return primaryKey;
}

/** Loads an entity and locks its row until the end of the transaction. */
export async function lockRecord(
  plan: ResourcePlan,
  primaryKey: unknown,
  unit: Unit,
  populate: readonly string[] = [],
): Promise<EntityObject> {
  const { entity: name, primaryKey: property } = plan.model;
  const entity = await unit.em.findOne(name, { [property.name]: primaryKey } as never, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    strategy: 'select-in',
    filters: false,
    populate: populate as never,
  });
  if (entity === null) throw new SallyportError('not_found', { resource: plan.name });
  return entity as EntityObject;
}

/** How a record is changed. */
export interface Change {
  readonly name: 'update' | 'replace';
  /** `merge` is RFC 7396, `set` unsets what the body leaves out. */
  readonly mode: WriteContext['mode'];
  /** Members that stay as they are. */
  readonly withheld: ReadonlySet<string>;
}

/** Changes a record. */
export async function changeRecord(
  plan: ResourcePlan,
  primaryKey: unknown,
  body: Body,
  { name, mode, withheld }: Change,
  unit: Unit,
  call: CallContext,
): Promise<void> {
  const members = plan.members.filter((member) => !withheld.has(member.name));
  const concerned = members.filter(
    (member) => isWritable(member, false) && (mode === 'set' || body[member.name] !== undefined),
  );
  const populate = concerned.flatMap(({ codec }) => codec.populate ?? []);
  const entity = await lockRecord(plan, primaryKey, unit, populate);
  const { context, finish, touched } = writing(unit, call, false, mode);
  const { version } = plan;
  const before = version && String(entity[version.name]);
  await writeMembers(members, entity, body, context);
  await finish();
  const hookContext: WriteHookContext = { operation: name, plan, call, unit, body };
  const hooks = hooksOf(plan);
  await hooks.beforeWrite?.(entity, hookContext);
  await unit.em.flush();
  await hooks.afterWrite?.(entity, hookContext);
  await unit.em.flush();
  if (version !== undefined && touched() && String(entity[version.name]) === before) {
    await unit.touch(plan.model, version, primaryKey);
  }
  await assertInside(plan, primaryKey, unit, call);
}

/** Deletes a record, and the rows that live and die with it (orphan removal). */
export async function deleteRecord(
  plan: ResourcePlan,
  primaryKey: unknown,
  unit: Unit,
  call: CallContext,
): Promise<void> {
  const owned = [...plan.model.properties.values()].filter((property) => property.kind === 'toMany' && property.owned);
  const entity = await lockRecord(
    plan,
    primaryKey,
    unit,
    owned.map(({ name }) => name),
  );
  const context: WriteHookContext = { operation: 'delete', plan, call, unit, body: {} };
  const hooks = hooksOf(plan);
  await hooks.beforeDelete?.(entity, context);
  for (const { name } of owned) {
    for (const child of (entity[name] as Collection<object>).getItems(false)) unit.em.remove(child);
  }
  unit.em.remove(entity);
  await unit.em.flush();
  await hooks.afterWrite?.(entity, context);
}

/** Archives a record: sets what marks it as gone, where a delete would have taken the row away. */
export async function archiveRecord(
  plan: ResourcePlan,
  primaryKey: unknown,
  values: Body,
  unit: Unit,
  call: CallContext,
): Promise<void> {
  const entity = await lockRecord(plan, primaryKey, unit);
  const context: WriteHookContext = { operation: 'delete', plan, call, unit, body: {} };
  const hooks = hooksOf(plan);
  await hooks.beforeDelete?.(entity, context);
  Object.assign(entity, values);
  await unit.em.flush();
  await hooks.afterWrite?.(entity, context);
  await unit.em.flush();
}
