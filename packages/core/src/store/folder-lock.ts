import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../errors/index.ts';

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

/** Takes the lock of a process that is gone away, and never one that another process has put in its place meanwhile. */
async function removeStale(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== stale) await make(file, moved);
  await rm(aside, { force: true });
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
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await make(file, mine)) return () => rm(file, { force: true });
    const text = await readFile(file, 'utf8').catch(() => '');
    const holder = await holderOf(text);
    if (holder !== undefined) {
      throw new ConfigurationError('database.dataDir', `process ${holder} has ${folder} open already`);
    }
    await removeStale(file, text);
  }
  throw new ConfigurationError('database.dataDir', `${file} cannot be taken: another process is starting`);
}
