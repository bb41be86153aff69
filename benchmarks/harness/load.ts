import { Client } from 'undici';
import { benchToken } from './prepare.ts';

/** What a stretch of load came to. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request, ascending. */
  readonly latencies: Float64Array;
}

const headers = { authorization: `Bearer ${benchToken}` };
const discard = (): void => {};

/** Sends one request and gives its milliseconds; any status but 200 is a fault of the run. */
function send(client: Client, path: string): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method: 'GET', path, headers },
      {
        onRequestStart: discard,
        onResponseStart(_, status) {
          if (status !== 200) reject(new Error(`GET ${path}: status ${status} under load`));
        },
        onResponseData: discard,
        onResponseEnd: () => resolve(performance.now() - begun),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

/** A closed loop: connections that each send the next request when the last is answered, until the time is over. */
export class Load {
  readonly #clients: readonly Client[];
  #next = 0;

  constructor(origin: string, connections: number) {
    this.#clients = Array.from({ length: connections }, () => new Client(origin, { pipelining: 1 }));
  }

  /** Runs for about `seconds`, sending `paths` in turn; waits for the last answers. */
  async run(paths: readonly string[], seconds: number): Promise<LoadResult> {
    const latencies: number[] = [];
    const begun = performance.now();
    const end = begun + seconds * 1000;
    const loop = async (client: Client): Promise<void> => {
      while (performance.now() < end) {
        const path = paths[this.#next++ % paths.length] ?? '/';
        latencies.push(await send(client, path));
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
