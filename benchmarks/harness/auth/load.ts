import { Client } from 'undici';
import type { LoadResult } from '../load.ts';
import type { AuthRequest } from './requests.ts';

const discard = (): void => {};

/** Sends one request and gives its milliseconds; any status but its own is a fault of the run. */
function send(client: Client, request: AuthRequest): Promise<number> {
  const { method, path, headers, body, answered, status: wanted } = request;
  const chunks: Buffer[] = [];
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method, path, headers, body: body ?? null },
      {
        onRequestStart: discard,
        onResponseStart(_, status) {
          if (status !== wanted) reject(new Error(`${method} ${path}: status ${status} under load`));
        },
        onResponseData(_, chunk) {
          if (answered !== undefined) chunks.push(chunk);
        },
        onResponseEnd() {
          const milliseconds = performance.now() - begun;
          answered?.(Buffer.concat(chunks).toString());
          resolve(milliseconds);
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

/** A closed loop: connections that each send the next request when the last is answered. */
export class AuthLoad {
  readonly #clients: readonly Client[];

  constructor(origin: string, connections: number) {
    this.#clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  }

  /** Runs for about `seconds`, or until `next` has no more; waits for the last answers. */
  async run(next: () => AuthRequest | undefined, seconds: number): Promise<LoadResult> {
    const latencies: number[] = [];
    const begun = performance.now();
    const end = begun + seconds * 1000;
    const loop = async (client: Client): Promise<void> => {
      while (performance.now() < end) {
        const request = next();
        if (request === undefined) return;
        latencies.push(await send(client, request));
      }
    };
    await Promise.all(this.#clients.map(loop));
    const elapsed = (performance.now() - begun) / 1000;
    return { requests: latencies.length, seconds: elapsed, latencies: Float64Array.from(latencies).sort() };
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }
}

/** The 99th percentile of ascending numbers. */
export const p99 = (latencies: Float64Array): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * 0.99))] ?? Number.NaN;

/** Gives the items of a list in turn, again and again. @throws when the list is empty */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => {
    const item = items[next++ % items.length];
    if (item === undefined) throw new Error('nothing to take in turn');
    return item;
  };
}
