import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Block, type Page, root } from './pages.ts';

const run = promisify(execFile);

/** Addresses that pages use; the test's own server stands in for all of them. */
const documented = /(localhost|127\.0\.0\.1):(?:3000|8069|8070|8080)\b/g;

const isShell = ({ language }: Block): boolean => language === 'sh';

/** The shell blocks of a page that call a server; when there are any, one is started for the page. */
export function callsOf({ blocks }: Page): readonly Block[] {
  return blocks.filter((block) => isShell(block) && /\bcurl\b/.test(block.text));
}

/** What a page starts: a module of its own, by its file name, or else one of the workspace's programs. */
export function programOf(page: Page): { readonly program: string; readonly args: readonly string[] } | undefined {
  const lines = page.blocks.filter(isShell).flatMap(({ text }) => text.split('\n'));
  const named = (form: RegExp) => lines.map((line) => form.exec(line)?.[1]).find((name) => name !== undefined);
  const file = named(/^npx node --conditions=sallyport-source (\S+\.ts)$/);
  if (file !== undefined) return { program: file, args: [] };
  const workspace = named(/^npm start -w (\S+)$/);
  if (workspace !== undefined) return { program: join(root, workspace, 'src/app.ts'), args: [] };
  const script = named(/\bnpm (start|run start:partners)$/);
  if (script === 'start') return { program: join(root, 'examples/openspp/src/main.ts'), args: ['serve'] };
  if (script !== undefined) return { program: join(root, 'examples/partners/src/main.ts'), args: [] };
  return undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  /** The environment of shells that call it: the credentials that it has printed. */
  readonly environment: Readonly<Record<string, string>>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: 'localhost' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts a program over an empty database in memory and waits until it takes connections. */
export async function startServer(program: string, args: readonly string[]): Promise<RunningServer> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--conditions=sallyport-source', program, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: 'memory://', DEMO_PEOPLE: '60', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'exit');
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${errors}${output}`);
    await delay(100);
  }
  // What is printed last is printed once it listens.
  await delay(100);
  const said = (name: string) => new RegExp(`${name}[ =:]+(\\S+)`).exec(output)?.[1] ?? '';
  const secret = said('client_secret');
  return {
    port,
    environment: { CLIENT_ID: said('client_id'), CLIENT_SECRET: secret, SECRET: secret },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What one shell block has printed, and the statuses that its calls were answered with. */
export interface ShellResult {
  readonly printed: string;
  readonly statuses: readonly number[];
}

const separator = '--8<--';

/** Runs the shell blocks of a page in one shell, one after another, against a server. */
export async function runShell(blocks: readonly Block[], server: RunningServer): Promise<readonly ShellResult[]> {
  const script = [
    // Every call tells its status on standard error, behind whatever it prints itself.
    `curl() { command curl -sS -w '%{stderr}status %{http_code}\\n' "$@"; }`,
    ...blocks.flatMap(({ text }) => [
      text.replaceAll(documented, `$1:${server.port}`),
      `printf '\\n${separator}\\n'; printf '\\n${separator}\\n' >&2`,
    ]),
  ].join('\n');
  const { stdout, stderr } = await run('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    env: { PATH: process.env.PATH, ...server.environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  const printed = stdout.split(`\n${separator}\n`);
  const told = stderr.split(`\n${separator}\n`);
  return blocks.map((_, index) => ({
    printed: printed[index] ?? '',
    statuses: [...(told[index] ?? '').matchAll(/^status (\d+)$/gm)].map(([, status]) => Number(status)),
  }));
}
