import type { ReadBody } from '../http/body.ts';
import type { RawRequest } from '../http/index.ts';
import type { Records } from '../operations/records.ts';
import type { Logger, Services } from '../services/index.ts';
import type { Reader, Unit } from '../store/store.ts';
import type { ApiContext } from './api-context.ts';
import type { RequestHead } from './call.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { Principal } from './principal.ts';
import { ReceivedCall } from './received-call.ts';
import type { RouteCall } from './route.ts';

/** What a call is made of. */
export interface CallParts {
  readonly id: string;
  readonly head: RequestHead;
  readonly api: ApiContext;
  readonly compiled: CompiledRoute;
  readonly principal: Principal;
  readonly now: Date;
  readonly services: Services;
  readonly params: Readonly<Record<string, string>>;
  readonly raw: RawRequest;
  /** The API's log, of which the call's own is a child. */
  readonly log: Logger;
}

const noBody: ReadBody = Object.freeze({ kind: 'none' });
const noParameters: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null));

/** A call on the road, on its way to its operation. */
export class RunningCall extends ReceivedCall implements RouteCall {
  readonly reader: Reader;
  query: RouteCall['query'];
  parameters: RouteCall['parameters'] = noParameters;
  body: ReadBody = noBody;
  readonly #api: ApiContext;

  // Functions of the call's own, so that methods may take them out of it: `run({ records }) { … }`.
  readonly records = (resource: string): Records => this.#api.records(resource, this, this.reader);
  readonly unit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => this.#api.store.unit(work);

  constructor({ id, head, api, compiled, principal, now, services, params, raw, log }: CallParts) {
    const { route } = compiled;
    const facts = {
      id,
      head,
      api: api.name,
      resource: route.subject?.resource.name,
      operation: route.subject?.name ?? route.name,
      principal,
      now,
      services,
      state: new Map(),
      params,
    };
    super(facts, raw, log, route.name);
    this.reader = api.store;
    this.query = head.query;
    this.#api = api;
  }
}
