import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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
async function holderOf(file: string): Promise<number | undefined> {
  const [first = '', start] = (await readFile(file, 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const actual = await startOf(pid);
  return start === undefined || actual === undefined || start === actual ? pid : undefined;
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
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await holderOf(file);
    if (holder !== undefined) {
      throw new ConfigurationError('database.dataDir', `process ${holder} has ${folder} open already`);
    }
    await rm(file, { force: true });
  }
  throw new ConfigurationError('database.dataDir', `${file} cannot be taken: another process is starting`);
}
