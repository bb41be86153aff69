import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition } from '../query/condition.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { RouteCall } from '../road/route.ts';
import type { Reader } from '../store/store.ts';
import { CallThrough } from './method-call.ts';

/**
 * The condition of the one record that a call on a record is about: what its key names, narrowed by the resource's
 * addressing parameters where it has some.
 *
 * @throws SallyportError `malformed_key`, and whatever the addressing says
 */
export function addressed(
  plan: ResourcePlan,
  call: RouteCall,
  api: ApiContext,
  { reader = call.reader, key = call.params.key ?? '' }: { readonly reader?: Reader; readonly key?: string } = {},
): Condition | Promise<Condition> {
  const named = plan.key.condition(key, call);
  const { addressing } = plan.descriptor;
  if (addressing === undefined) return named;
  const narrowed = addressing.condition(new CallThrough(call, api, reader), key);
  return narrowed instanceof Promise ? narrowed.then((condition) => all(named, condition)) : all(named, narrowed);
}
