import { SallyportError } from '../errors/index.ts';
import { isRequired } from '../fields/members.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import type { Unit } from '../store/store.ts';
import { Records } from './records.ts';
import type { Body } from './write.ts';

const nothing: ReadonlySet<string> = new Set();

/**
 * Names of the members that field lists and policies keep a caller from writing: those that they hide, on this record or
 * on all, unless they say otherwise. Members that nobody is shown, such as a password, are none of their matter.
 *
 * @param primaryKey of the record that is written; absent for one that is yet to be made
 */
export async function withheldFrom(
  plan: ResourcePlan,
  primaryKey: unknown,
  unit: Unit,
  call: CallContext,
  api: ApiContext,
): Promise<ReadonlySet<string>> {
  const policies = plan.policies(call);
  const writable = plan.writableFields(call);
  if (policies.length === 0 && writable === undefined) return nothing;
  const judged = plan.members.filter(({ rules }) => rules.read !== false && rules.always !== true);
  const withheld = new Set(judged.map(({ name }) => name).filter((name) => writable?.has(name) === false));
  if (primaryKey !== undefined && policies.some(({ mask, writes }) => mask !== undefined && writes === undefined)) {
    const visible = plan.visibleFields(call);
    const { value } = await new Records(plan, call, unit, api, 'write').represent(primaryKey, { nulls: 'print' });
    for (const { name } of judged) {
      if (!Object.hasOwn(value, name) && visible?.has(name) !== false) withheld.add(name);
    }
  }
  return withheld;
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
  const kept = Object.entries(body).filter(([name]) => !withheld.has(name));
  if (kept.length === Object.keys(body).length) return body;
  const needed = (name: string) =>
    operation === 'replace' && plan.members.some((member) => member.name === name && isRequired(member));
  const refused = Object.keys(body).filter((name) => withheld.has(name) && !needed(name));
  if (refused.length > 0 && api.strictness.unknownProperties === 'refuse') {
    throw new SallyportError('invalid_body', {
      resource: plan.name,
      detail: 'One or more members of the body are not valid.',
      issues: refused.map((name) => ({
        in: 'body',
        path: [name],
        code: 'unknown',
        message: 'This member is not accepted.',
      })),
    });
  }
  return Object.fromEntries(kept);
}
