import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How {@link startProgram} starts and waits. */
export interface StartOptions {
  /** What is said to the program on its command line. */
  readonly arguments?: readonly string[];
  /** Added to this process's environment; `PORT=0` in it lets a program choose a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the program prints once it listens. */
  readonly ready: RegExp;
}

/** A program that runs in a process of its own. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** The groups of `ready`, as they were printed. */
  readonly told: Readonly<Record<string, string>>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it has printed so far, on standard output and on standard error. */
  printed(): { readonly output: string; readonly errors: string };
  /** Sends a signal; it may have ended already. */
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM, and SIGKILL when the program is still there 30 seconds later; answers as `ended`. */
  stop(): Promise<number | NodeJS.Signals>;
}

/**
 * Starts a TypeScript program of the workspace with this Node, and waits until it says that it is ready. For tests that
 * drive a whole program by a real client.
 *
 * @throws Error with what the program said when it ends before
 */
export async function startProgram(program: URL, options: StartOptions): Promise<RunningProgram> {
  const { environment = {}, ready } = options;
  const command = ['--conditions=sallyport-source', fileURLToPath(program), ...(options.arguments ?? [])];
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = (once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => signal ?? code ?? 0,
  );
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const told = await new Promise<Record<string, string>>((resolve, reject) => {
    child.once('error', reject);
    // `close` comes after the last of what it said; `exit` may come before.
    child.once('close', () => reject(new Error(`The program ended: ${errors}${output}`)));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = ready.exec(output);
      if (found !== null) resolve({ ...found.groups });
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000);
    try {
      return await ended;
    } finally {
      clearTimeout(impatience);
    }
  };
  return {
    // A program that has printed something has been started.
    pid: child.pid ?? 0,
    told,
    ended,
    printed: () => ({ output, errors }),
    signal: (signal) => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
