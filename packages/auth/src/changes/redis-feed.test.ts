import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeFeedSuite } from '../../test-support/change-feed-suite.ts';
import { type StoreRoad, storeRoad, testRedisUrl } from '../../test-support/redis.ts';
import { until } from '../../test-support/until.ts';
import type { Change } from './change.ts';
import type { ChangeFeed } from './change-feed.ts';
import { createRedisChangeFeed } from './redis-feed.ts';

const url = testRedisUrl();

const channelOf = (): string => `sallyport-test:${randomUUID()}`;

/** Sends a text as it stands. */
async function send(channel: string, payload: string): Promise<void> {
  const redis = new Redis(url ?? '');
  await redis.publish(channel, payload);
  redis.disconnect();
}

if (url !== undefined) {
  changeFeedSuite('Redis by its address', async () => {
    const channel = channelOf();
    const feed = await createRedisChangeFeed({ url, channel });
    const other = await createRedisChangeFeed({ url, channel });
    return { feed, other, garbage: (payload) => send(channel, payload) };
  });

  changeFeedSuite('Redis by clients of node-redis and ioredis', async () => {
    const channel = channelOf();
    const nodeRedis = await createClient({ url }).connect();
    const ioRedis = new Redis(url);
    return {
      feed: await createRedisChangeFeed({ client: nodeRedis, channel }),
      other: await createRedisChangeFeed({ client: ioRedis, channel }),
      garbage: (payload) => send(channel, payload),
      async close() {
        nodeRedis.destroy();
        ioRedis.disconnect();
      },
    };
  });

  /** Feeds that reach Redis by a way that can be cut. */
  const kinds: readonly (readonly [string, (at: string, channel: string) => Promise<[ChangeFeed, () => void]>])[] = [
    [
      'its address',
      async (at, channel) => [await createRedisChangeFeed({ url: at, channel, timeoutMs: 300 }), () => {}],
    ],
    [
      'a client of ioredis',
      async (at, channel) => {
        const client = new Redis(at, { maxRetriesPerRequest: 0, retryStrategy: () => 50, commandTimeout: 500 });
        client.on('error', () => {});
        return [await createRedisChangeFeed({ client, channel }), () => client.disconnect()];
      },
    ],
  ];

  describe.each(kinds)('a feed over Redis by %s', (_, open) => {
    const channel = channelOf();
    const heard: Change[] = [];
    const log = memoryLogger();
    let road: StoreRoad;
    let feed: ChangeFeed;
    let release: () => void;
    beforeAll(async () => {
      road = await storeRoad(url);
      [feed, release] = await open(road.url, channel);
      feed.subscribe((change) => heard.push(change));
      await feed.start(log);
      await until(() => feed.live, 'is live');
    });
    afterAll(async () => {
      await feed.close();
      release();
      await road.close();
    });

    it('R28: is not live a second after the way was lost, and is again', async () => {
      heard.length = 0;
      road.set('refuse');
      await until(() => !feed.live && heard.length > 0, 'everything is told', 3);
      await expect(feed.publish({ kind: 'jti', jti: 'nobody' })).rejects.toMatchObject({ code: 'unavailable' });
      expect(heard.at(-1)).toEqual({ kind: 'jti', jti: 'nobody' });
      road.set('open');
      await until(() => feed.live, 'is live again');
      heard.length = 0;
      await send(channel, '[1,"client","back"]');
      await until(() => heard.length > 0, 'hears again');
      // Once: the connection that was lost has not come back beside the new one.
      await feed.publish({ kind: 'token', digest: 'd' });
      expect(heard.filter(({ kind }) => kind === 'client').length).toBeLessThan(2);
    });

    it('R28: is not live a second after Redis has fallen silent', async () => {
      heard.length = 0;
      road.set('hang');
      await until(() => !feed.live && heard.length > 0, 'everything is told', 3);
      road.set('open');
    });

    it('says so once, and nothing of the address', () => {
      expect(log.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
      expect(log.lines.length).toBeLessThan(8);
    });
  });

  it('finds its way back from a Redis that has fallen silent', async () => {
    const road = await storeRoad(url);
    const feed = await createRedisChangeFeed({ url: road.url, channel: channelOf(), timeoutMs: 300 });
    await feed.start();
    await until(() => feed.live, 'is live');
    road.set('hang');
    await until(() => !feed.live, 'is not live', 3);
    road.set('open');
    await until(() => feed.live, 'is live again');
    await feed.close();
    await road.close();
  });

  it('can be made, started and closed while Redis is away', async () => {
    const road = await storeRoad(url);
    road.set('refuse');
    const feed = await createRedisChangeFeed({ url: road.url, channel: channelOf(), timeoutMs: 300 });
    await feed.start();
    expect(feed.live).toBe(false);
    await feed.close();
    await road.close();
  });
}

it('refuses an address that is none, without repeating it', async () => {
  const opening = createRedisChangeFeed({ url: 'no address with a passw0rd' });
  await expect(opening).rejects.toThrow(ConfigurationError);
  await expect(opening).rejects.not.toThrow(/passw0rd/);
});
