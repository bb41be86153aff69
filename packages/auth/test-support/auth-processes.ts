import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { GuardedProcess } from './guarded-process.ts';

/** What a process is told to do. */
export interface Command {
  readonly id: number;
  readonly name: keyof GuardedProcess;
  readonly values: readonly unknown[];
}

/** The same as in this process, and every answer takes time. */
export type AuthProcess = {
  readonly [Name in keyof GuardedProcess]: (
    ...values: Parameters<GuardedProcess[Name]>
  ) => Promise<Awaited<ReturnType<GuardedProcess[Name]>>>;
};

/** Starts a process with an API over this database. By `redis`, it hears of changes there, else of the database. */
export async function startAuthProcess(url: string, redis?: { url: string; channel: string }): Promise<AuthProcess> {
  const program = join(import.meta.dirname, 'auth-process.ts');
  const child = fork(program, [url, ...(redis === undefined ? [] : [redis.url, redis.channel])], {
    execPath: process.execPath,
    execArgv: ['--conditions=sallyport-source'],
  });
  const waiting = new Map<number, (answer: { value?: unknown; error?: string }) => void>();
  const ready = new Promise<void>((resolve, reject) => {
    waiting.set(0, () => resolve());
    child.once('exit', (code) => {
      reject(new Error(`the process has ended with ${code}`));
      for (const answer of waiting.values()) answer({ error: 'the process has ended' });
    });
  });
  child.on('message', ({ id, ...answer }: { id: number; value?: unknown; error?: string }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  await ready;
  let last = 0;
  const send = (name: Command['name'], values: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
      child.send({ id: last, name, values } satisfies Command);
    });
  return new Proxy({} as AuthProcess, {
    get(_, name: keyof GuardedProcess | 'then') {
      // A proxy is asked whether it is a promise.
      if (name === 'then') return undefined;
      if (name !== 'close') return (...values: readonly unknown[]) => send(name, values);
      return async () => {
        await send('close', []);
        const ended = once(child, 'exit');
        child.disconnect();
        await ended;
      };
    },
  });
}
