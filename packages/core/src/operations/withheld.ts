import { SallyportError } from '../errors/index.ts';
import { isRequired } from '../fields/members.ts';
import { rowSight } from '../plan/masks.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, compare } from '../query/condition.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import { Selection } from '../store/selection.ts';
import type { Unit } from '../store/store.ts';
import { Records } from './records.ts';
import type { Body } from './write.ts';

const nothing: ReadonlySet<string> = new Set();

/**
 * Names of the members that field lists and policies keep a caller from writing: those that they hide, on this record or
 * on all, unless they say otherwise. Members that nobody is shown, such as a password, are none of their matter. Parts of
 * members (`extension.fisher`) that are hidden on this record are withheld, whatever they say of the member.
 *
 * @param primaryKey of the record that is written; absent for one that is yet to be made
 * @param body what is written: only parts that it carries are looked at
 */
export async function withheldFrom(
  plan: ResourcePlan,
  primaryKey: unknown,
  body: Body,
  unit: Unit,
  call: CallContext,
  api: ApiContext,
): Promise<ReadonlySet<string>> {
  const policies = plan.policies(call);
  const writable = plan.writableFields(call);
  const visible = plan.visibleFields(call);
  if (policies.length === 0 && writable === undefined && visible === undefined) return nothing;
  const judged = plan.members.filter(({ rules }) => rules.read !== false && rules.always !== true);
  const withheld = new Set(judged.map(({ name }) => name).filter((name) => writable?.has(name) === false));
  if (primaryKey !== undefined && policies.some(({ mask, writes }) => mask !== undefined && writes === undefined)) {
    const { value } = await new Records(plan, call, unit, api, 'write').represent(primaryKey, { nulls: 'print' });
    for (const { name } of judged) {
      if (!Object.hasOwn(value, name) && visible?.has(name) !== false) withheld.add(name);
    }
  }
  const parts = Object.keys(body).flatMap((name) => partsOf(name, body, plan));
  if (primaryKey === undefined || parts.length === 0) return withheld;
  return new Set([...withheld, ...(await hidden(parts, plan, primaryKey, unit, call))]);
}

/** Those of some parts of a record's members that its writer may not see. */
async function hidden(
  parts: readonly string[],
  plan: ResourcePlan,
  primaryKey: unknown,
  unit: Unit,
  call: CallContext,
): Promise<readonly string[]> {
  const selection = new Selection(plan.model);
  selection.column(plan.model.primaryKey);
  const sees = rowSight(plan.policies(call), selection);
  const where = all(plan.domain(call), compare(plan.model.primaryKey, 'eq', primaryKey as string));
  const {
    rows: [row],
  } = await unit.read({ selection, where, order: [], limit: 1 }, call);
  return parts.filter((part) => row === undefined || !plan.shows(part, call) || !sees(part, row, call));
}

/**
 * A body without what is withheld from its sender. An API that refuses what it does not know refuses this too, in the
 * same words: a hidden member and none answer alike. Only what every replace must carry is let through, to no effect.
 *
 * @throws SallyportError `invalid_body` with issues of the code `unknown`
 */
export function admitted(
  body: Body,
  withheld: ReadonlySet<string>,
  operation: 'create' | 'update' | 'replace',
  plan: ResourcePlan,
  api: ApiContext,
): Body {
  const names = Object.keys(body).flatMap((name) =>
    withheld.has(name) ? [name] : [name, ...partsOf(name, body, plan)],
  );
  if (!names.some((name) => withheld.has(name))) return body;
  const needed = (name: string) =>
    operation === 'replace' && plan.members.some((member) => member.name === name && isRequired(member));
  const refused = names.filter((name) => withheld.has(name) && !needed(name));
  if (refused.length > 0 && api.strictness.unknownProperties === 'refuse') {
    throw new SallyportError('invalid_body', {
      resource: plan.name,
      detail: 'One or more members of the body are not valid.',
      issues: refused.map((name) => ({
        in: 'body',
        path: name.split('.'),
        code: 'unknown',
        message: 'This member is not accepted.',
      })),
    });
  }
  const kept = Object.entries(body).filter(([name]) => !withheld.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutParts(name, value, withheld)]));
}

/** The parts of a member that a body carries, as `withheld` names them. */
function partsOf(name: string, body: Body, plan: ResourcePlan): readonly string[] {
  const parts = plan.members.find((member) => member.name === name)?.codec.parts;
  const value = body[name];
  if (parts === undefined || typeof value !== 'object' || value === null) return [];
  return parts.filter((part) => Object.hasOwn(value, part)).map((part) => `${name}.${part}`);
}

function withoutParts(name: string, value: unknown, withheld: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const parts = Object.entries(value);
  const kept = parts.filter(([part]) => !withheld.has(`${name}.${part}`));
  return kept.length === parts.length ? value : Object.fromEntries(kept);
}
