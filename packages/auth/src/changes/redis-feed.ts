import { ConfigurationError } from '@sallyport/core';
import { available } from '../lib/available.ts';
import { silentStore, within } from '../lib/within.ts';
import { encodeChange } from './change.ts';
import { type ChangeFeed, createListeners } from './change-feed.ts';
import { keepLine, usualLineRules } from './kept-line.ts';
import { listenByRedis, type PublishingRedis } from './redis-line.ts';

interface RedisFeedSettings {
  /** The channel of `PUBLISH` and `SUBSCRIBE`: `sallyport:changes` when not said. */
  readonly channel?: string;
  /** After how long Redis counts as not reachable when it is told something, in milliseconds. 1000. */
  readonly timeoutMs?: number;
}

/**
 * A client that is yours to open and close, of node-redis or ioredis (a single one, no pool and no cluster), of which
 * the feed makes a second for itself to listen with; or an address, for which `redis` is needed.
 */
export type RedisChangeFeedOptions = RedisFeedSettings &
  ({ readonly client: PublishingRedis } | { readonly url: string });

/**
 * A feed by Redis or Valkey, for all processes with one of them. Its connection is probed three times a second by a
 * message to itself, and opened again when it is lost. A change of the database is told after its commit.
 *
 * @throws ConfigurationError for an address that cannot be read, or without the package `redis`
 * @see docs/guides/revocation.md
 */
export async function createRedisChangeFeed(options: RedisChangeFeedOptions): Promise<ChangeFeed> {
  const { channel = 'sallyport:changes', timeoutMs = 1000 } = options;
  const { client, close } =
    'client' in options ? { client: options.client, close() {} } : await openRedis(options.url, timeoutMs);
  const publish = async (to: string, payload: string): Promise<void> =>
    void (await within(timeoutMs, client.publish(to, payload), silentStore));
  const listeners = createListeners();
  const kept = keepLine((ends) => listenByRedis(client, channel, publish, ends), listeners, usualLineRules);
  return {
    get live() {
      return kept.live;
    },
    start: kept.start,
    subscribe: listeners.subscribe,
    async publish(change) {
      listeners.tell(change);
      await available(() => publish(channel, encodeChange(change)));
    },
    async close() {
      await kept.close();
      close();
    },
  };
}

/** A client of the feed's own, which connects again by itself; what it is told meanwhile is refused at once. */
async function openRedis(url: string, timeoutMs: number): Promise<{ client: PublishingRedis; close(): void }> {
  const { createClient } = await loadRedis();
  const open = () =>
    createClient({
      url,
      disableOfflineQueue: true,
      pingInterval: timeoutMs,
      socket: {
        connectTimeout: timeoutMs,
        // A machine that is gone says nothing: without this, the client would wait for it.
        socketTimeout: 3 * timeoutMs,
        reconnectStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 5), 1000),
      },
    });
  let client: ReturnType<typeof open>;
  try {
    client = open();
  } catch {
    // The library's own error repeats the address with its password.
    throw new ConfigurationError('createRedisChangeFeed.url', 'must be redis://… or rediss://…');
  }
  // Calls tell what is wrong; an event without a listener would end the process.
  client.on('error', () => {});
  const connected = client.connect().then(
    () => {},
    () => {},
  );
  await within(timeoutMs, connected, silentStore).catch(() => {});
  return { client, close: () => client.destroy() };
}

async function loadRedis(): Promise<typeof import('redis')> {
  try {
    return await import('redis');
  } catch (cause) {
    const message = 'needs the package redis: npm install redis, or pass a client';
    throw Object.assign(new ConfigurationError('createRedisChangeFeed.url', message), { cause });
  }
}
