import { isDeepStrictEqual } from 'node:util';
import { type Issue, SallyportError } from '../errors/index.ts';
import type { EntityObject, WriteContext } from '../fields/codec.ts';
import { type CompiledMember, isWritable } from '../fields/members.ts';
import { primaryKeyOf } from '../fields/resolve.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { fieldMask } from '../query/field-selection.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { RouteCall } from '../road/route.ts';
import type { Unit } from '../store/store.ts';
import { Records } from './records.ts';
import { type Body, lockRecord, writing } from './write.ts';

/** A value that a body carries for a field of which only a create takes one. */
interface SentValue {
  readonly path: readonly [string, ...string[]];
  readonly member: CompiledMember;
  readonly value: unknown;
}

/**
 * Holds the fields that only a create may write against the record, so that what was read can be sent back and nothing
 * is taken in silence: a value that differs is refused.
 *
 * What the caller is not shown is not compared, or answers would tell guesses from hits: a patch of it is refused whatever
 * it says, a replace leaves it alone. An API that ignores properties it does not take ignores these too.
 *
 * @throws SallyportError `invalid_body` with issues of the code `immutable`
 * @see docs/reference/operations.md
 */
export async function refuseChangesOfCreateOnly(
  plan: ResourcePlan,
  primaryKey: unknown,
  body: Body,
  operation: 'update' | 'replace',
  unit: Unit,
  call: RouteCall,
  api: ApiContext,
): Promise<void> {
  if (api.strictness.unknownProperties === 'ignore') return;
  const sent = [...createOnlyOf(plan.members, body)];
  if (sent.length === 0) return;
  const entity = await lockRecord(plan, primaryKey, unit);
  // Who may not read is shown what is always shown, as in the answer to the write.
  const names = plan.shownTo(call) ? sent.map(({ path: [name] }) => name) : [];
  const shown = await new Records(plan, call, unit, api, 'write').represent(primaryKey, {
    nulls: 'print',
    representation: { fields: fieldMask(names), expand: [] },
  });
  const { context } = writing(unit, call, false, 'merge');
  // Asked of the plan, since an object that is unset does not tell what would stand in it.
  const isShown = plan.pathsShown({ call, depth: 0, expands: () => false });
  const issues: Issue[] = [];
  for (const { path, member, value } of sent) {
    const { codec } = member;
    const isKey = codec.property !== undefined && codec.property === plan.key.order;
    const present = isKey ? { value: shown.key } : isShown(path) ? valueAt(shown.value, path) : undefined;
    const kept =
      present === undefined
        ? operation === 'replace'
        : (value === null && present.value === codec.unset) ||
          covers(value, present.value) ||
          (await writesTheSame(
            member,
            value,
            entity,
            path.reduce<WriteContext>((at, step) => at.below(step), context),
          ));
    if (!kept) {
      issues.push({ in: 'body', path, code: 'immutable', message: 'This member cannot be changed.', input: value });
    }
  }
  if (issues.length > 0) {
    throw new SallyportError('invalid_body', {
      resource: plan.name,
      detail: 'One or more members of the body cannot be changed.',
      issues,
    });
  }
}

/** The create-only values of a body, those inside of objects among them. Items of lists are made anew by each write. */
function* createOnlyOf(
  members: readonly CompiledMember[],
  body: Body,
  above: readonly string[] = [],
): Generator<SentValue> {
  for (const member of members) {
    const { name, codec, rules } = member;
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    if (value === undefined || !isWritable(member, true)) continue;
    const path = [...above, name] as unknown as SentValue['path'];
    if (rules.write === 'create') yield { path, member, value };
    else if (codec.group !== undefined && value !== null) yield* createOnlyOf(codec.group, value as Body, path);
  }
}

/** What is shown at a path: unset below an object that is unset, nothing where it is not shown. */
function valueAt(shown: unknown, path: readonly string[]): { readonly value: unknown } | undefined {
  let value = shown;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return { value: null };
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return { value };
}

/** Whether all that was sent is there already. */
function covers(sent: unknown, shown: unknown): boolean {
  if (sent === null || sent === undefined) return shown === null || shown === undefined;
  if (Array.isArray(sent)) {
    return Array.isArray(shown) && sent.length === shown.length && sent.every((item, at) => covers(item, shown[at]));
  }
  if (typeof sent !== 'object') return sent === shown;
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown)) return false;
  const there = shown as Readonly<Record<string, unknown>>;
  return Object.entries(sent).every(([name, value]) =>
    covers(value, Object.hasOwn(there, name) ? there[name] : undefined),
  );
}

/** Whether a value of another form (a key for what is shown expanded, another time zone) comes to the same column. */
async function writesTheSame(
  { codec }: CompiledMember,
  value: unknown,
  entity: EntityObject,
  context: WriteContext,
): Promise<boolean> {
  const { property } = codec;
  if (property === undefined || property.kind === 'toMany') return false;
  const written: EntityObject = {};
  try {
    await codec.write?.(written, value, context);
  } catch (error) {
    // A reference that does not resolve is not the one that is there.
    if (error instanceof SallyportError) return false;
    throw error;
  }
  const [wanted, present] = [written[property.name] ?? null, entity[property.name] ?? null];
  if (property.kind === 'scalar' || wanted === null || present === null) return isDeepStrictEqual(wanted, present);
  const { target } = property;
  return String(primaryKeyOf(target, wanted)) === String(primaryKeyOf(target, present));
}
