import type { MethodCall } from '../descriptor/operations.ts';
import { ConfigurationError } from '../errors/index.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { RouteCall } from '../road/route.ts';
import type { Reader } from '../store/store.ts';
import { Records } from './records.ts';

/** The call as code of the user's sees it: with the records that it may reach. */
export function methodCall(call: RouteCall, api: ApiContext, reader: Reader = call.reader): MethodCall {
  return Object.assign(Object.create(call) as RouteCall, {
    records(name: string): Records {
      const plan = api.resources.get(name);
      if (plan === undefined) throw new ConfigurationError(`resources.${name}`, 'the API has no such resource');
      return new Records(plan, call, reader, api);
    },
  });
}
