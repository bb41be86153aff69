import type { OperationOptions } from '../descriptor/operations.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import { addressed } from './addressed.ts';
import { Records } from './records.ts';

/** Reads one record by its key. */
export async function read(
  plan: ResourcePlan,
  options: OperationOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const records = new Records(plan, call, call.reader, api);
  const { value, etag } = await records.one(await addressed(plan, call, api), {
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    representation: api.dialect.representation(call, plan),
  });
  return {
    kind: 'value',
    status: 200,
    value: api.envelope.record(value, call),
    ...(etag === undefined ? {} : { etag }),
  };
}
