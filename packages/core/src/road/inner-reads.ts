import { ConfigurationError } from '../errors/index.ts';
import { settleParameters } from '../http/index.ts';
import { type EachRead, readEach } from '../operations/read-each.ts';
import { authorise } from './authenticate.ts';
import type { RequestHead } from './call.ts';
import { reworded } from './error-wording.ts';
import type { RoadOptions } from './road.ts';
import type { EachRequest, RouteCall } from './route.ts';
import type { RunningCall } from './running-call.ts';

/** Reads records by many keys inside a call; see {@link RouteCall.readEach}. */
export function innerReads(options: RoadOptions, prepare: (call: RouteCall) => Promise<void>) {
  const { api, reads, strategies, errors } = options;
  return async (outer: RunningCall, request: EachRequest): Promise<readonly EachRead[]> => {
    const { resource, keys, query = [] } = request;
    const compiled = reads.get(resource);
    const subject = compiled?.route.subject;
    if (compiled === undefined || subject === undefined || subject.resource.descriptor.addressing !== undefined) {
      throw new ConfigurationError(`resources.${resource}`, 'it is not read by keys alone');
    }
    const { resource: plan, options: operation } = subject;
    authorise(outer.principal, compiled.requirement, strategies);
    const call = outer.below({
      head: headOf(outer.head, plan.path, query),
      compiled,
      params: {},
      within: undefined,
      // What is kept of the records is kept of the whole call.
      state: outer.state,
    });
    call.query = settleParameters(query, api.strictness.repeatedParameters, compiled.lists);
    call.parameters = compiled.readParameters(call.query);
    await prepare(call);
    const how = {
      ...(operation.nulls === undefined ? {} : { nulls: operation.nulls }),
      representation: api.dialect.representation(call, plan),
    };
    const found = await readEach(plan, keys, how, call, api);
    return found.map((each) =>
      each.error === undefined ? each : { error: reworded(each.error, call, [compiled.wordings, errors]) },
    );
  };
}

/** Nothing of the outer request's head is heard but where it came from, and its language. */
function headOf(
  { clientAddress, secure, headers }: RequestHead,
  path: string,
  query: RequestHead['query'],
): RequestHead {
  const own: Record<string, string> = Object.create(null);
  if (headers['accept-language'] !== undefined) own['accept-language'] = headers['accept-language'];
  return { method: 'GET', path, query, rawQuery: '', headers: own, clientAddress, secure };
}
