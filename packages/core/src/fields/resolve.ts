import { SallyportError } from '../errors/index.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition, compare, isIn, type Operand } from '../query/condition.ts';
import type { EntityModel, PropertyModel } from '../store/model.ts';
import { Selection } from '../store/selection.ts';
import type { WriteContext } from './codec.ts';
import type { RecordCriterion } from './rules.ts';

/** Why a reference did not resolve; an API may word each by itself (`errors` of a reference field). */
export type ReferenceFault = 'type' | 'malformed' | 'unresolved' | 'ambiguous';

/** The primary key of the one row that `where` names. */
export async function findOne(
  model: EntityModel,
  where: Condition,
  { unit, call }: Pick<WriteContext, 'unit' | 'call'>,
): Promise<{ readonly primaryKey: unknown } | 'unresolved' | 'ambiguous'> {
  const selection = new Selection(model);
  const read = selection.column(model.primaryKey);
  const { rows } = await unit.read({ selection, where, order: [], limit: 2, pending: 'leave' }, call);
  const [first, second] = rows;
  if (first === undefined) return 'unresolved';
  return second === undefined ? { primaryKey: read(first) } : 'ambiguous';
}

/** Those of some rows that a condition lets through, of their primary keys as text. */
export async function amongRows(
  model: EntityModel,
  rows: readonly object[],
  where: Condition,
  { unit, call }: Pick<WriteContext, 'unit' | 'call'>,
): Promise<ReadonlySet<string>> {
  const keys = rows.map((row) => primaryKeyOf(model, row)).filter((value) => value != null);
  if (keys.length === 0) return new Set();
  const selection = new Selection(model);
  const read = selection.column(model.primaryKey);
  const condition = all(where, isIn(model.primaryKey, keys as Operand[]));
  const found = await unit.read({ selection, where: condition, order: [], pending: 'leave' }, call);
  return new Set(found.rows.map((row) => String(read(row))));
}

/** The primary key of an entity. */
export function primaryKeyOf(model: EntityModel, entity: object): unknown {
  return (entity as Readonly<Record<string, unknown>>)[model.primaryKey.name];
}

/**
 * The entity that a key of a body names, under the target's own rules for this caller: a record outside the target's
 * domain is as unknown as one that does not exist.
 *
 * @throws SallyportError what `fault` makes of it
 */
export async function resolveKey(
  target: ResourcePlan,
  text: string,
  context: WriteContext,
  fault: (reason: ReferenceFault) => SallyportError,
): Promise<object> {
  let named: Condition;
  try {
    named = target.key.condition(text, context.call);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'malformed_key') throw fault('malformed');
    throw error;
  }
  const found = await findOne(target.model, all(target.referable(context.call), named), context);
  if (typeof found === 'string') throw fault(found);
  return context.unit.em.getReference(target.model.entity, found.primaryKey as never);
}

/** The record that a default names by properties of its own. @throws SallyportError `unresolved_reference` */
export async function recordOf(
  criterion: RecordCriterion,
  property: PropertyModel | undefined,
  context: WriteContext,
): Promise<object> {
  if (property?.kind !== 'toOne') throw new Error('a record can only be the default of a to-one relation');
  const { target } = property;
  const where = all(
    ...Object.entries(criterion.properties).map(([name, value]) => {
      const column = target.properties.get(name);
      if (column?.kind !== 'scalar') throw new Error(`no scalar property "${name}" on ${target.name}`);
      return compare(column, 'eq', value);
    }),
  );
  const found = await findOne(target, where, context);
  if (typeof found === 'string') throw referenceError(found, context, criterion.properties);
  return context.unit.em.getReference(target.entity, found.primaryKey as never);
}

/** The error of a reference in a body that nobody words otherwise. */
export function referenceError(
  reason: ReferenceFault,
  { path }: Pick<WriteContext, 'path'>,
  value: unknown,
): SallyportError {
  const texts: Readonly<Record<ReferenceFault, string>> = {
    type: 'The reference is not of the expected type.',
    malformed: 'The reference is not well formed.',
    unresolved: 'The reference does not resolve.',
    ambiguous: 'More than one record answers to the reference.',
  };
  return new SallyportError(reason === 'ambiguous' ? 'ambiguous_key' : 'unresolved_reference', {
    detail: texts[reason],
    issues: [{ in: 'body', path, code: 'reference', message: texts[reason], input: value }],
  });
}
