import { hash } from 'node:crypto';

/** What the limiter uses of node-redis (5 and later): a client, a pool, a cluster or a sentinel. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(digest: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  multi(): unknown;
  del(key: string): Promise<unknown>;
}

/** What the limiter uses of ioredis: a client or a cluster. */
export interface IoRedisClient {
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  evalsha(digest: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>;
  multi(): unknown;
  del(key: string): Promise<unknown>;
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** Which of the two libraries a client is of. */
export const isNodeRedis = (client: RedisClient): client is NodeRedisClient => 'evalSha' in client;

/** A Lua script over one key. */
export type RedisScript = (client: RedisClient, key: string, values: readonly string[]) => Promise<unknown>;

/** Sends a script by its digest, and whole to a server that does not know it (yet, or since its restart). */
export function redisScript(text: string): RedisScript {
  const digest = hash('sha1', text, 'hex');
  return async (client, key, values) => {
    try {
      if (!isNodeRedis(client)) return await client.evalsha(digest, 1, key, ...values);
      return await client.evalSha(digest, { keys: [key], arguments: [...values] });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    }
    if (!isNodeRedis(client)) return client.eval(text, 1, key, ...values);
    return client.eval(text, { keys: [key], arguments: [...values] });
  };
}
