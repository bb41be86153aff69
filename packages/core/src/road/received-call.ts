import type { RawRequest } from '../http/index.ts';
import type { Logger } from '../services/logger.ts';
import type { CallContext } from './call.ts';
import { CallFacts, type CallFactsOf } from './call-facts.ts';

const neverAborted = new AbortController().signal;

/**
 * A call as it came in, whether or not there is a route for it. Its getters stand on the prototype: an object that brings
 * getters of its own, or that others inherit from, gets a hidden class of its own from the engine, which keeps all that
 * the call holds until the next full collection.
 */
export class ReceivedCall extends CallFacts implements CallContext {
  readonly #raw: RawRequest;
  readonly #parent: Logger;
  readonly #route: string | undefined;
  #log: Logger | undefined;

  /**
   * @param parent the API's log, of which the call's own is a child
   * @param route its name, where there is one
   */
  constructor(facts: CallFactsOf, raw: RawRequest, parent: Logger, route?: string) {
    super(facts);
    this.#raw = raw;
    this.#parent = parent;
    this.#route = route;
  }

  get log(): Logger {
    this.#log ??= this.#parent.child({ request: this.id, route: this.#route });
    return this.#log;
  }

  // Most calls never ask, and adapters make the signal when they are asked.
  get signal(): AbortSignal {
    return this.#raw.signal ?? neverAborted;
  }

  get departed(): boolean {
    return this.#raw.departed ?? this.#raw.signal?.aborted ?? false;
  }
}
