import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Contender } from '../contenders.ts';
import type { CpuReport } from '../servers/shared/announce.ts';

/** A contender's process, ready for requests. */
export interface RunningServer {
  readonly origin: string;
  /** Microseconds of CPU that the process has used since its start: user and system, all threads. */
  cpuMicros(): Promise<number>;
}

const root = new URL('..', import.meta.url);
const startMilliseconds = 60_000;

const within = <T>(promise: Promise<T>, milliseconds: number, what: string): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what}: nothing for ${milliseconds / 1000} s`)), milliseconds);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

async function readyPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('it has no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^ready (\d+)$/.exec(line);
    if (match !== null) return Number(match[1]);
  }
  throw new Error('it ended before its ready line');
}

/** Keeps the end of what a process writes to standard error: it is shown only when something fails. */
function keepErrors(child: ChildProcess): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-4_000);
  });
  return () => (kept === '' ? '' : `\n--- its standard error ends with\n${kept}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function cpuReader(child: ChildProcess): () => Promise<number> {
  return async () => {
    const answer = once(child, 'message') as Promise<[CpuReport]>; // the only message that `announce` sends
    child.send('cpu');
    const [report] = await within(answer, 10_000, 'its CPU time');
    return report.cpuMicros;
  };
}

/**
 * Starts a contender as a child process, waits for its ready line, runs `work` against it and ends it.
 * @param before a program that runs Node in its own place, and its arguments: `taskset -c 0`
 * @throws what `work` throws, with the contender's name and the end of its standard error.
 */
export async function withServer<T>(
  contender: Contender,
  databaseUrl: string,
  work: (server: RunningServer) => Promise<T>,
  before: readonly string[] = [],
): Promise<T> {
  const { name, file, nodeOptions = [], env = {} } = contender;
  const [program = process.execPath, ...args] = [...before, process.execPath, ...nodeOptions, file];
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', TZ: 'UTC', PORT: '0', DATABASE_URL: databaseUrl, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const errors = keepErrors(child);
  try {
    const port = await within(readyPort(child), startMilliseconds, 'its start');
    child.stdout?.resume();
    return await work({ origin: `http://127.0.0.1:${port}`, cpuMicros: cpuReader(child) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: ${reason}${errors()}`, { cause: error });
  } finally {
    await ended(child);
  }
}
