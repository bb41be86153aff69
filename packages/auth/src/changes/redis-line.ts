import { randomBytes } from 'node:crypto';
import type { Line, LineEnds } from './kept-line.ts';

type Heard = (payload: string, channel: string) => void;

/** What is used of a node-redis client (5 and later) that subscribes. */
interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(channels: string[], listener: Heard): Promise<unknown>;
  destroy(): void;
  on(event: string, listener: (error?: unknown) => void): unknown;
}

/** What is used of an ioredis client that subscribes. */
interface IoRedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  disconnect(): void;
  on(event: 'message', listener: (channel: string, payload: string) => void): unknown;
  on(event: 'error' | 'close' | 'end', listener: (error?: unknown) => void): unknown;
}

/** How a client of ioredis that subscribes differs from the one it is made from: it does not try again by itself. */
interface IoRedisChanges {
  readonly lazyConnect: true;
  readonly enableOfflineQueue: false;
  readonly autoResubscribe: false;
  readonly retryStrategy: () => null;
}

/** What a feed uses of node-redis (5 and later): a client. */
export interface PublishingNodeRedis {
  publish(channel: string, payload: string): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
  /** Tells it from ioredis. */
  readonly pSubscribe: unknown;
}

/** What a feed uses of ioredis: a client. */
export interface PublishingIoRedis {
  publish(channel: string, payload: string): Promise<unknown>;
  duplicate(changes: IoRedisChanges): IoRedisSubscriber;
  /** Tells it from node-redis. */
  readonly psubscribe: unknown;
}

/** A client of either library. */
export type PublishingRedis = PublishingNodeRedis | PublishingIoRedis;

/**
 * A second client that listens on the channel, and on one of its own, where its probes go: a probe is a message that is
 * published as changes are, and has to come back.
 */
export function listenByRedis(
  publisher: PublishingRedis,
  channel: string,
  publish: (channel: string, payload: string) => Promise<void>,
  ends: LineEnds,
): Line {
  const echoes = `${channel}:echo:${randomBytes(9).toString('base64url')}`;
  let awaited: { readonly word: string; readonly resolve: () => void } | undefined;
  const subscriber = subscriberOf(publisher);
  let dropped = false;
  subscriber.onLoss((cause) => ends.lost(cause ?? new Error('the connection was closed')));
  return {
    ready: subscriber.listen([channel, echoes], (payload, from) => {
      if (from === channel) ends.heard(payload);
      else if (payload === awaited?.word) awaited.resolve();
    }),
    async probe() {
      const word = randomBytes(9).toString('base64url');
      const { promise, resolve } = Promise.withResolvers<void>();
      awaited = { word, resolve };
      await publish(echoes, word);
      await promise;
    },
    drop() {
      if (dropped) return;
      dropped = true;
      subscriber.drop();
    },
  };
}

interface Subscriber {
  listen(channels: string[], heard: Heard): Promise<void>;
  onLoss(lost: (cause?: unknown) => void): void;
  drop(): void;
}

function subscriberOf(publisher: PublishingRedis): Subscriber {
  if ('pSubscribe' in publisher) {
    const client = publisher.duplicate();
    return {
      async listen(channels, heard) {
        await client.connect();
        await client.subscribe(channels, heard);
      },
      onLoss(lost) {
        // It would connect and subscribe again by itself, and nobody would know what went by meanwhile.
        for (const event of ['error', 'reconnecting', 'end']) client.on(event, lost);
      },
      drop() {
        try {
          client.destroy();
        } catch {
          // It is closed already.
        }
      },
    };
  }
  const client = publisher.duplicate({
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    retryStrategy: () => null,
  });
  return {
    async listen(channels, heard) {
      client.on('message', (channel, payload) => heard(payload, channel));
      await client.connect();
      await client.subscribe(...channels);
    },
    onLoss(lost) {
      client.on('error', lost);
      client.on('close', lost);
      client.on('end', lost);
    },
    drop: () => client.disconnect(),
  };
}
