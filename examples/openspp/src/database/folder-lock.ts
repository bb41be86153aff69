import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** When the process began, in the kernel's ticks: tells it from a later one with the same number. Linux only. */
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

/** The process that holds the lock, unless it is gone. */
async function holderOf(file: string): Promise<number | undefined> {
  const [first = '', start] = (await readFile(file, 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(first);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  const actual = await startOf(pid);
  return start === undefined || actual === undefined || start === actual ? pid : undefined;
}

/**
 * Keeps a second process out of a folder that PGlite has open; two at once would ruin it. The lock of a process that
 * died is taken over.
 *
 * @returns a function that gives the lock back
 * @throws Error when another live process holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = `${folder.replace(/[\\/]+$/, '')}.lock`;
  await mkdir(dirname(file), { recursive: true });
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}`.trim();
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(file, mine, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = await holderOf(file);
      if (holder !== undefined) {
        throw new Error(`DATA_DIR: process ${holder} has ${folder} open already; stop it, or use another folder`);
      }
      await rm(file, { force: true });
    }
  }
  throw new Error(`DATA_DIR: ${file} cannot be taken; another process is starting on ${folder}`);
}
