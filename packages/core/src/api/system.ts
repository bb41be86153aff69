import type { Body } from '../operations/write.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import { system } from '../road/principal.ts';
import type { Clock, Logger, Services } from '../services/index.ts';
import type { Unit } from '../store/store.ts';

/** What the application itself does with an API, outside of any request: imports, jobs. No request can reach it. */
export interface SystemAccess {
  /** A call of Sallyport's own: the principal is `system`, which holds every scope. */
  call(operation: string): CallContext;
  /**
   * Makes a record as `POST` would: the same schema, rules and hooks, inside a transaction that is already open. Answers
   * its primary key.
   *
   * @throws SallyportError `invalid_body` and whatever the resource's rules throw
   */
  create(resource: string, body: Body, unit: Unit): Promise<unknown>;
}

const neverAborted = new AbortController().signal;

export function systemAccess(
  api: ApiContext,
  given: { readonly services: Services; readonly clock: Clock; readonly log: Logger },
): SystemAccess {
  let calls = 0;

  const call = (operation: string, resource?: string): CallContext => {
    calls += 1;
    return {
      id: `system-${calls}`,
      head: {
        method: 'POST',
        path: '/',
        query: [],
        rawQuery: '',
        headers: {},
        clientAddress: '',
        secure: true,
      },
      api: api.name,
      resource,
      operation,
      principal: system,
      now: given.clock.now(),
      services: given.services,
      log: given.log,
      signal: neverAborted,
      departed: false,
      state: new Map(),
    };
  };

  return {
    call: (operation) => call(operation),
    create: (resource, body, unit) => api.create(resource, body, unit, call('create', resource)),
  };
}
