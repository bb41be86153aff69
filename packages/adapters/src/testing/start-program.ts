import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How {@link startProgram} starts and waits. */
export interface StartOptions {
  /** Added to this process's environment; `PORT=0` in it lets a program choose a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the program prints once it listens. */
  readonly ready: RegExp;
}

/** A program that runs in a process of its own. */
export interface RunningProgram extends AsyncDisposable {
  /** The groups of `ready`, as they were printed. */
  readonly told: Readonly<Record<string, string>>;
  /** What it has printed so far, on standard output and on standard error. */
  printed(): { readonly output: string; readonly errors: string };
  /** Sends SIGTERM; answers the exit code, or the signal that ended it. */
  stop(): Promise<number | NodeJS.Signals>;
}

/**
 * Starts a TypeScript program of the workspace with this Node, and waits until it says that it is ready. For tests that
 * drive a whole program by a real client.
 *
 * @throws Error with what the program said when it ends before
 */
export async function startProgram(program: URL, { environment = {}, ready }: StartOptions): Promise<RunningProgram> {
  const child = spawn(process.execPath, ['--conditions=sallyport-source', fileURLToPath(program)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const told = await new Promise<Record<string, string>>((resolve, reject) => {
    child.once('error', reject);
    void ended.then(() => reject(new Error(`The program ended: ${errors}${output}`)));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = ready.exec(output);
      if (found !== null) resolve({ ...found.groups });
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    return signal ?? code ?? 0;
  };
  return {
    told,
    printed: () => ({ output, errors }),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
