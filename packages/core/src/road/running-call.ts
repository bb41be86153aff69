import type { ReadBody } from '../http/body.ts';
import type { RawRequest } from '../http/index.ts';
import type { Records } from '../operations/records.ts';
import type { Logger, Services } from '../services/index.ts';
import type { Reader, Unit } from '../store/store.ts';
import type { ApiContext } from './api-context.ts';
import type { RequestHead } from './call.ts';
import { CallFacts } from './call-facts.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { Principal } from './principal.ts';
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
const neverAborted = new AbortController().signal;

/**
 * A call on the road. A class, whose getters stand on the prototype: a literal with getters, or an object that others
 * inherit from, gets a hidden class of its own from the engine, which keeps all that the call holds until the next full
 * collection.
 */
export class RunningCall extends CallFacts implements RouteCall {
  readonly reader: Reader;
  query: RouteCall['query'];
  parameters: RouteCall['parameters'] = noParameters;
  body: ReadBody = noBody;
  readonly #parts: CallParts;
  #log: Logger | undefined;

  // Functions of the call's own, so that methods may take them out of it: `run({ records }) { … }`.
  readonly records = (resource: string): Records => this.#parts.api.records(resource, this, this.reader);
  readonly unit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => this.#parts.api.store.unit(work);

  constructor(parts: CallParts) {
    const { id, head, api, compiled, principal, now, services, params } = parts;
    const { route } = compiled;
    super({
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
    });
    this.reader = api.store;
    this.query = head.query;
    this.#parts = parts;
  }

  get log(): Logger {
    this.#log ??= this.#parts.log.child({ request: this.id, route: this.#parts.compiled.route.name });
    return this.#log;
  }

  // Most calls never ask, and adapters make the signal when they are asked.
  get signal(): AbortSignal {
    return this.#parts.raw.signal ?? neverAborted;
  }

  get departed(): boolean {
    const { raw } = this.#parts;
    return raw.departed ?? raw.signal?.aborted ?? false;
  }
}
