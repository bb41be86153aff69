import { ConfigurationError } from '@sallyport/core';
import { silentStore, within } from '../lib/within.ts';
import type { RedisClient } from './redis-client.ts';

/** How the limiter reaches Redis. */
export interface RedisConnection {
  /** Rejects after the time-out, whatever the client does. */
  use<T>(work: (client: RedisClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A connection that is the caller's: to open, to reopen and to close. */
export function borrowedRedis(client: RedisClient, timeoutMs: number): RedisConnection {
  return { use: (work) => within(timeoutMs, work(client), silentStore), close: async () => {} };
}

/**
 * A connection of its own. It is opened again for as long as Redis is away; calls meanwhile reject at once. Waits for
 * Redis at most the time-out: a process may start before Redis does.
 *
 * @throws ConfigurationError when the package `redis` is not installed, or for an address that it cannot read
 */
export async function ownRedis(url: string, timeoutMs: number): Promise<RedisConnection> {
  const { createClient, ErrorReply } = await loadRedis();
  let fault: unknown;
  let closed = false;

  const open = () => {
    const client = createClient({
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: timeoutMs, reconnectStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 5), 1000) },
    });
    client.on('error', (error) => {
      fault = error;
    });
    const ready = client.connect().catch((error: unknown) => {
      fault = error;
    });
    return { client, ready, since: performance.now() };
  };
  let current: ReturnType<typeof open>;
  try {
    current = open();
  } catch {
    // The library's own error repeats the address with its password.
    throw new ConfigurationError('createRedisRateLimiter.url', 'must be redis://… or rediss://…');
  }

  // A connection that hangs (a dead machine says nothing) is given up; the library itself would wait for it.
  const renew = (failed: typeof current): void => {
    if (closed || failed !== current || performance.now() - current.since < 3 * timeoutMs) return;
    destroy(current.client);
    current = open();
  };

  await within(timeoutMs, current.ready, silentStore).catch(() => {});
  return {
    async use(work) {
      const used = current;
      try {
        if (!used.client.isReady) throw new Error('Redis is not reachable', { cause: fault });
        return await within(timeoutMs, work(used.client), silentStore);
      } catch (error) {
        // A server that answers is there; one that has become a replica is the wrong one.
        if (!(error instanceof ErrorReply) || error.message.startsWith('READONLY')) renew(used);
        throw error;
      }
    },
    async close() {
      closed = true;
      destroy(current.client);
    },
  };
}

async function loadRedis(): Promise<typeof import('redis')> {
  try {
    return await import('redis');
  } catch (cause) {
    const message = 'needs the package redis: npm install redis, or pass a client';
    throw Object.assign(new ConfigurationError('createRedisRateLimiter.url', message), { cause });
  }
}

function destroy(client: { destroy(): void }): void {
  try {
    client.destroy();
  } catch {
    // It is closed already.
  }
}
