import { execFile } from 'node:child_process';
import { access, chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Folders that may hold `initdb`: those of the PATH, and where Debian keeps every version's. */
async function folders(): Promise<readonly string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  return [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.toReversed().map((each) => join(debian, each, 'bin')),
  ];
}

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export async function postgresqlFolder(): Promise<string | undefined> {
  for (const folder of await folders()) {
    const found = await Promise.all(['initdb', 'pg_ctl'].map((name) => access(join(folder, name)))).catch(
      () => undefined,
    );
    if (found !== undefined) return folder;
  }
  return undefined;
}

/** The system's own user for PostgreSQL, which refuses to run as root. */
async function userFor(folder: string): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [id, group] = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, 'postgres'])).stdout));
  const user = { uid: Number(id), gid: Number(group) };
  await chown(folder, user.uid, user.gid);
  return user;
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A PostgreSQL of a test's own, in a folder for temporary files, on a port of its own. */
export interface Cluster extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  /** `fast` asks it to end; `immediate` is what a crash is like. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
}

/** Makes a cluster. It does not run yet. */
export async function createCluster(programs: string): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'openspp-cluster-'));
  const user = await userFor(folder);
  const port = await freePort();
  const data = join(folder, 'data');
  // What pg_ctl starts must not hold on to our pipes, or we would wait for its end.
  const command = (name: string, ...more: readonly string[]) =>
    run(join(programs, name), ['-D', data, ...more], { ...user, cwd: folder, timeout: 60_000 });
  const exists = () =>
    stat(join(data, 'postmaster.pid')).then(
      () => true,
      () => false,
    );
  const stop = async (how: 'fast' | 'immediate') => void (await command('pg_ctl', '-m', how, '-w', 'stop'));
  await command('initdb', '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync');
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`;
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: async () => void (await command('pg_ctl', '-w', '-l', join(folder, 'log'), '-o', options, 'start')),
    stop,
    async [Symbol.asyncDispose]() {
      if (await exists()) await stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
