import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * The address of the Redis that tests may use.
 *
 * @throws Error when `CI` is `true` and `TEST_REDIS_URL` is not set: nothing is skipped in silence.
 */
export function testRedisUrl(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { TEST_REDIS_URL: url, CI: ci } = environment;
  if (url !== undefined && url !== '') return url;
  if (ci === 'true') throw new Error('TEST_REDIS_URL is not set: the tests over Redis would be skipped');
  process.stderr.write('TEST_REDIS_URL is not set: no tests over Redis\n');
  return undefined;
}

/** A way to a store that can be cut: `refuse` closes it, `hang` lets nothing through, `open` is the way again. */
export interface StoreRoad {
  readonly url: string;
  set(state: 'open' | 'refuse' | 'hang'): void;
  close(): Promise<void>;
}

export async function storeRoad(target: string): Promise<StoreRoad> {
  const to = new URL(target);
  let state: 'open' | 'refuse' | 'hang' = 'open';
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (state === 'refuse') return near.destroy();
    const far = connect(Number(to.port || 6379), to.hostname);
    for (const [from, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      // A connection that hung once stays silent, as that to a machine that is gone.
      let silent = state === 'hang';
      from.on('data', (bytes) => {
        silent ||= state === 'hang';
        if (!silent) other.write(bytes);
      });
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        other.destroy();
      });
    }
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    set(next) {
      state = next;
      if (next === 'refuse') cut();
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
