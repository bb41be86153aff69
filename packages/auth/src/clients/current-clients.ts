import { ConfigurationError } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { BoundedCache } from '../lib/bounded-cache.ts';
import type { ClientRecord, ClientStore } from './client.ts';

/** The clients as they stand now, or stood a few seconds ago. */
export interface CurrentClients {
  /** Answers at once when it remembers. @throws SallyportError `unavailable` */
  find(clientId: string, now: Date): ClientRecord | undefined | Promise<ClientRecord | undefined>;
}

const mostSeconds = 5;
const mostClients = 10_000;

/**
 * Remembers client records for up to five seconds (SECURITY 4.4). Changes made in this process drop them at once;
 * `0` asks the store each time.
 */
export function currentClients(store: ClientStore, seconds: number, path: string): CurrentClients {
  if (!(seconds >= 0 && seconds <= mostSeconds)) {
    throw new ConfigurationError(`${path}.clientCacheSeconds`, `must be from 0 to ${mostSeconds}`);
  }
  if (seconds === 0) return { find: (clientId) => available(() => store.find(clientId)) };

  const cache = new BoundedCache<{ readonly client: ClientRecord; readonly until: number }>(mostClients);
  // A record that was read before a change and arrives after it must not be remembered.
  let changes = 0;
  store.onChange?.((clientId) => {
    changes += 1;
    cache.delete(clientId);
  });

  const load = async (clientId: string, now: Date): Promise<ClientRecord | undefined> => {
    const before = changes;
    const client = await available(() => store.find(clientId));
    if (client === undefined) cache.delete(clientId);
    else if (before === changes) cache.set(clientId, { client, until: now.getTime() + seconds * 1000 });
    return client;
  };

  return {
    find(clientId, now) {
      const known = cache.get(clientId);
      return known !== undefined && known.until > now.getTime() ? known.client : load(clientId, now);
    },
  };
}
