import { type Services, serviceToken } from './services.ts';

/** What can tell whether it can be used at all: a store whose tables must be there. */
export interface Readiness {
  /**
   * Rejects with a `ConfigurationError` for what only whoever runs the program can put right. What is merely away at this
   * moment is no such fault: calls are answered 503 until it is back.
   */
  ready?(): Promise<void>;
}

/** Collects what an API asks before it starts. */
export interface StartChecks {
  /** The part is found once the routes of all plugins are known, and asked before any plugin starts. */
  add(part: () => Readiness): void;
}

/** The service under which plugins find the checks of the API that is starting. */
export const StartChecksService = serviceToken<StartChecks>('sallyport.StartChecks');

/**
 * Has an API ask a part before it starts; outside of an API's start it does nothing.
 *
 * @example checkAtStart(services, () => store)
 * @see docs/reference/services.md
 */
export function checkAtStart(services: Services, part: () => Readiness): void {
  if (services.has(StartChecksService)) services.resolve(StartChecksService).add(part);
}

/** The checks of one API. */
export function startChecks(): StartChecks & { run(): Promise<void> } {
  const parts: (() => Readiness)[] = [];
  return {
    add: (part) => void parts.push(part),
    async run() {
      // All at once: stores over one database are then looked at by one query.
      await Promise.all([...new Set(parts.map((part) => part()))].map((part) => part.ready?.()));
    },
  };
}
