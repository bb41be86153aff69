import { randomBytes } from 'node:crypto';
import type { Line, LineEnds } from './kept-line.ts';

/** What is used of a `pg` client. */
interface ListeningClient {
  readonly connection: { readonly stream: { destroy(): void } };
  connect(): Promise<unknown>;
  query(query: { text: string; values?: readonly unknown[] }): Promise<{ rows: readonly Record<string, unknown>[] }>;
  unref(): void;
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
}

/** What is used of `pg.Pool`: how it makes its clients. */
export interface ListeningPool {
  readonly Client: new (options: object) => ListeningClient;
  readonly options: object;
}

/**
 * A connection of its own that listens on the channel, made as the pool makes its clients but none of the pool's: it does
 * not take a place there, and a pool that ends does not wait for it.
 *
 * @param url where to connect instead
 * @param send publishes a payload as every other process would
 */
export function listenByPg(
  pool: ListeningPool,
  channel: string,
  url: string | undefined,
  send: (payload: string) => Promise<void>,
  ends: LineEnds,
): Line {
  const client = new pool.Client(url === undefined ? pool.options : { connectionString: url });
  // No decoder takes it for a change.
  const word = JSON.stringify([1, 'echo', randomBytes(9).toString('base64url')]);
  const echo = Promise.withResolvers<void>();
  client.on('error', ends.lost);
  client.on('end', () => ends.lost(new Error('the connection was closed')));
  client.on('notification', ({ payload = '' }) => {
    if (payload === word) echo.resolve();
    else ends.heard(payload);
  });

  const connect = async (): Promise<void> => {
    await client.connect();
    // A process ends although it listens.
    client.unref();
    await client.query({ text: `listen "${channel}"` });
    // Only what comes back shows that changes do: a pooler in between, or another database, would keep silent.
    await send(word);
    await echo.promise;
  };
  return {
    ready: connect(),
    async probe() {
      const text = 'select $1 in (select pg_listening_channels()) as listening';
      const { rows } = await client.query({ text, values: [channel] });
      if (rows[0]?.listening !== true) throw new Error('the connection does not listen any more');
    },
    drop: () => client.connection.stream.destroy(),
  };
}
