import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationError } from '../errors/index.ts';

/** How long to wait for another process that takes a dead one's lock over, and how often. */
const patience = 20;
const attempts = 50;

/** When a process began, in the kernel's ticks: tells it from a later one with the same number. Linux only. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The process that holds the lock, unless it is gone. In a container every process may have the same number. */
async function holderOf(text: string): Promise<number | undefined> {
  const [first = '', start] = text.trim().split(' ');
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const actual = await startOf(pid);
  return start === undefined || actual === undefined || start === actual ? pid : undefined;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Makes the lock with its text in it, at one blow: nobody may read it empty and take it for a dead one's. */
async function make(file: string, text: string): Promise<boolean> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, text, { flag: 'wx' });
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // A file system without links.
    return await writeFile(file, text, { flag: 'wx' }).then(
      () => true,
      (fault: unknown) => {
        if (codeOf(fault) === 'EEXIST') return false;
        throw fault;
      },
    );
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Takes the lock of a process that is gone away. Only who holds `<file>.takeover` does so, and looks again before: of two
 * that saw the same dead lock, the slower one would otherwise take the new lock of the faster one away.
 */
async function removeStale(file: string, stale: string): Promise<void> {
  const takeover = `${file}.takeover`;
  if (!(await make(takeover, String(process.pid)))) {
    await delay(patience);
    return;
  }
  try {
    if ((await readFile(file, 'utf8').catch(() => undefined)) === stale) await rm(file, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}

/**
 * Takes a data folder for this process: PGlite does not notice when two processes open one folder, and both ruin it.
 * The lock is a file beside the folder; the lock of a process that is gone is taken over.
 *
 * @returns what gives the folder back.
 * @throws ConfigurationError when another process, or this one, has it open.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = `${resolve(folder)}.lock`;
  await mkdir(dirname(file), { recursive: true });
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}`.trim();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await make(file, mine)) return () => rm(file, { force: true });
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = await holderOf(text);
    if (holder !== undefined) {
      throw new ConfigurationError('database.dataDir', `process ${holder} has ${folder} open already`);
    }
    await removeStale(file, text);
  }
  throw new ConfigurationError(
    'database.dataDir',
    `${file} cannot be taken; if no process is starting, delete ${file}.takeover`,
  );
}
