import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = ['--conditions=sallyport-source', 'examples/openspp/src/main.ts'];
const run = promisify(execFile);

const environment = (databaseUrl: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_ENV: 'production',
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: 'error',
  HOST: '127.0.0.1',
  PORT: '0',
  TOKEN_RATE_PER_MINUTE: '10000',
  TOKEN_RATE_PER_DAY: '100000',
});

/** Runs a command of the OpenSPP example; answers what it says. */
export async function openspp(databaseUrl: string, ...args: readonly string[]): Promise<string> {
  const options = { cwd: root, env: environment(databaseUrl), maxBuffer: 2 ** 26 };
  const { stdout } = await run(process.execPath, [...program, ...args], options);
  return stdout;
}

/** Serves the OpenSPP example for the length of `work`, which is given where it answers: `http://127.0.0.1:1234/api/v2/spp`. */
export async function whileServed<T>(databaseUrl: string, work: (base: string) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [...program, 'serve'], {
    cwd: root,
    env: environment(databaseUrl),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /^Ready: (\S+?)\/ /.exec(line);
      if (ready?.[1] === undefined) continue;
      child.stdout.resume();
      return await work(ready[1].replace('localhost', '127.0.0.1'));
    }
    throw new Error('the example ended before it was ready');
  } finally {
    child.kill('SIGTERM');
    await exit;
  }
}
