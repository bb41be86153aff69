import type { MethodCall } from '../descriptor/operations.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition } from '../query/condition.ts';

/** The condition of the one record that a call on a record is about. */
export async function addressed(plan: ResourcePlan, call: MethodCall, key = call.params.key ?? ''): Promise<Condition> {
  const named = plan.key.condition(key, call);
  const { addressing } = plan.descriptor;
  return addressing === undefined ? named : all(named, await addressing.condition(call, key));
}
