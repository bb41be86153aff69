import type { EntityManager } from '@mikro-orm/core';
import { type Logger, type ServiceRegistry, serviceToken } from '@sallyport/core';
import { available } from '../lib/available.ts';
import type { Change } from './change.ts';

export type ChangeListener = (change: Change) => void;

/**
 * Tells every process of the changes that end tokens or narrow what they may do, so that caches can remember for longer
 * than a revocation may take (R28, SECURITY 4.4).
 */
export interface ChangeFeed {
  /**
   * Whether a change that any process makes is heard here within a second. Caches remember only while it is so; whenever
   * it begins or ends, listeners are told `everything`.
   */
  readonly live: boolean;
  /**
   * Begins to listen. Resolves once it does, or once that has failed for the first time: it goes on trying by itself, for
   * as long as it is not closed. A feed that only publishes need not be started.
   */
  start(log?: FeedLog): Promise<void>;
  /**
   * Tells of a change that stands in its store already: listeners of this process at once, then the others.
   *
   * @throws SallyportError `unavailable` when the others could not be told; they hear of it when their caches run out
   */
  publish(change: Change): Promise<void>;
  /**
   * As part of the transaction that is open in the entity manager: told when it commits, and only then. Absent where the
   * feed does not go through that database.
   */
  publishIn?(em: EntityManager, change: Change): Promise<void>;
  /** Calls back for every change, of this process too. Answers how to stop. */
  subscribe(listener: ChangeListener): () => void;
  /** Stops listening. */
  close(): Promise<void>;
}

/** Where a feed says that it has lost its connection, and has one again. */
export type FeedLog = Pick<Logger, 'info' | 'warn'>;

/** The service under which token kinds find the feed; without one, caches go by their time alone. */
export const ChangeFeedService = serviceToken<ChangeFeed>('sallyport.ChangeFeed', {
  broughtBy: 'the plugin `changeFeed()` of @sallyport/auth',
});

/** The feed of an API, if it has one. */
export function changesOf({ services }: { readonly services: ServiceRegistry }): ChangeFeed | undefined {
  return services.has(ChangeFeedService) ? services.resolve(ChangeFeedService) : undefined;
}

/** Tells a change where there is a feed. @throws SallyportError `unavailable` */
export async function publishTo(feed: ChangeFeed | undefined, change: Change): Promise<void> {
  if (feed !== undefined) await available(() => feed.publish(change));
}

/** Those who listen to a feed. */
export interface Listeners {
  readonly subscribe: ChangeFeed['subscribe'];
  /** Every one of them hears it, also when one throws; its error is thrown afterwards. */
  tell(change: Change): void;
}

export function createListeners(): Listeners {
  const listeners = new Set<ChangeListener>();
  return {
    subscribe(listener) {
      // Wrapped, so that one function can listen twice.
      const own: ChangeListener = (change) => listener(change);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    tell(change) {
      const errors: unknown[] = [];
      for (const listener of [...listeners]) {
        try {
          listener(change);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
