import type { ChangeFeed } from '../changes/change-feed.ts';
import { type ReadMark, WatchedCache } from '../changes/watched-cache.ts';
import { available } from '../lib/available.ts';
import type { ClientRecord, ClientStore } from './client.ts';

/** The clients as they stand now, or stood a few seconds ago. */
export interface CurrentClients {
  /** Answers at once when it remembers. @throws SallyportError `unavailable` */
  find(clientId: string, now: Date): ClientRecord | undefined | Promise<ClientRecord | undefined>;
  /** To be taken before the store of something else is asked, which may tell the client too. */
  mark(): ReadMark;
  /** The client that such a store told in one query; the one that is remembered, where there is one. */
  found(client: ClientRecord, now: Date, mark: ReadMark): ClientRecord;
}

const mostClients = 10_000;

/**
 * Remembers client records for up to five seconds (SECURITY 4.4). Changes made in this process drop them at once, and so
 * do those that a feed tells of; `0` asks the store each time. `undefined`: as long as the feed allows, and not at all
 * without one.
 *
 * @throws ConfigurationError for other seconds
 */
export function currentClients(
  store: ClientStore,
  seconds: number | undefined,
  path: string,
  changes?: ChangeFeed,
): CurrentClients {
  const cache = new WatchedCache<ClientRecord>({
    changes,
    seconds,
    usualSeconds: 0,
    limit: mostClients,
    keyOf: (change) => (change.kind === 'client' ? change.clientId : undefined),
    path: `${path}.clientCacheSeconds`,
  });
  if (!cache.off) store.onChange?.((clientId) => cache.drop(clientId));

  const load = async (clientId: string, now: Date): Promise<ClientRecord | undefined> => {
    const mark = cache.mark();
    const client = await available(() => store.find(clientId));
    if (client === undefined) cache.drop(clientId);
    else cache.set(clientId, client, now, mark);
    return client;
  };

  return {
    find: (clientId, now) => cache.get(clientId, now) ?? load(clientId, now),
    mark: () => cache.mark(),
    found(client, now, mark) {
      // The object that is remembered: what was derived from it need not be made again.
      const known = cache.get(client.clientId, now);
      if (known !== undefined) return known;
      cache.set(client.clientId, client, now, mark);
      return client;
    },
  };
}
