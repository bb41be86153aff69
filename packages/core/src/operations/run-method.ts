import { isOutcome, isPage, type MethodDefinition } from '../descriptor/operations.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import type { Unit } from '../store/store.ts';
import { addressed } from './addressed.ts';
import { linksOf } from './links.ts';
import { MethodCall } from './method-call.ts';
import { Records } from './records.ts';

/** Runs a method of the user's, on a record under the resource's own rules, in one transaction unless it is a `GET`. */
export async function runMethod(
  plan: ResourcePlan,
  definition: MethodDefinition,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const run = async (unit: Unit | undefined): Promise<unknown> => {
    const reader = unit ?? call.reader;
    const purpose = definition.verb === 'GET' ? 'read' : 'write';
    const primaryKey =
      definition.on === 'record'
        ? await new Records(plan, call, reader, api, purpose).locateWhere(await addressed(plan, call, api, { reader }))
        : undefined;
    const made = await definition.run(new MethodCall(call, api, plan, unit, primaryKey));
    if (unit !== undefined) await api.beforeCommit(unit, call);
    return made;
  };
  const result = definition.verb === 'GET' ? await run(undefined) : await call.unit(run);
  if (isPage(result)) {
    const { items, total, offset, limit } = result;
    const { names } = api.dialect;
    const carried = call.query.filter(
      ([name]) => name in call.parameters && name !== names.limit && name !== names.offset,
    );
    const links = linksOf(
      call,
      { limit, offset, byCursor: false, carried },
      offset + items.length < total,
      undefined,
      api,
    );
    const page = { items, total, estimated: false, offset, limit, cursor: undefined, links };
    return { kind: 'value', status: 200, value: api.envelope.page(page, call) };
  }
  if (isOutcome(result)) {
    return result.kind === 'value' ? { ...result, value: api.envelope.result(result.value, call) } : result;
  }
  return { kind: 'value', status: definition.status ?? 200, value: api.envelope.result(result, call) };
}
