import { SallyportError } from '../errors/index.ts';
import { inputSchema } from '../fields/members.ts';
import { acceptSnakeCase, type Respell } from '../plan/property-names.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { resourceNamed } from '../plan/resources.ts';
import type { Validator, Validators } from '../plan/validator.ts';
import type { Strictness } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import type { Unit } from '../store/store.ts';
import { type Body, createRecord } from './write.ts';

/**
 * Makes a record as `POST` would: the same schema, rules and hooks, in a transaction that is open already. Answers its
 * primary key. Whether it may be made is for the asker to know: scopes and field lists have no say here.
 *
 * @throws SallyportError `invalid_body` and whatever the resource's rules throw
 */
export type CreateChecked = (resource: string, body: Body, unit: Unit, call: CallContext) => Promise<unknown>;

/** Makes records outside the operations of resources: for methods and for the application itself. */
export function checkedCreates(
  resources: ReadonlyMap<string, ResourcePlan>,
  { unknownProperties, propertyNames }: Pick<Strictness, 'unknownProperties' | 'propertyNames'>,
  validators: Validators,
): CreateChecked {
  const checks = new Map<string, { readonly check: Validator; readonly respell: Respell }>();
  return async (resource, body, unit, call) => {
    const plan = resourceNamed(resources, resource);
    let entry = checks.get(resource);
    if (entry === undefined) {
      const schema = inputSchema(plan.members, { creating: true, partial: false, unknown: unknownProperties });
      entry = {
        check: validators.compile(schema, 'body', `${plan.place}.operations.create`),
        respell: propertyNames === 'exact' ? (value) => value : acceptSnakeCase(schema),
      };
      checks.set(resource, entry);
    }
    // A respelled object stays an object.
    const own = entry.respell(body) as Body;
    const issues = entry.check(own);
    if (issues.length > 0) throw new SallyportError('invalid_body', { resource, issues });
    await plan.prepare(call);
    return createRecord(plan, own, unit, call);
  };
}
