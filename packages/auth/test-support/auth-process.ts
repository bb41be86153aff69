import { createRedisChangeFeed, createSqlChangeFeed } from '../src/index.ts';
import type { Command } from './auth-processes.ts';
import { guardedProcess } from './guarded-process.ts';
import { openAgain } from './postgres.ts';

/** A process of its own with an API, which does what its parent tells it. */

const [url = '', redis = '', channel = ''] = process.argv.slice(2);
const orm = await openAgain(url);
const feed = redis === '' ? createSqlChangeFeed(orm) : await createRedisChangeFeed({ url: redis, channel });
const commands = await guardedProcess(orm, feed);

process.on('message', async ({ id, name, values }: Command) => {
  try {
    // The names are those of the commands: the parent's type says so.
    const run = commands[name] as (...given: readonly unknown[]) => unknown;
    process.send?.({ id, value: await run(...values) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.send?.({ id: 0 });
