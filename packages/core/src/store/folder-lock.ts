import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../errors/index.ts';

/**
 * Takes a data folder for this process: PGlite does not notice when two processes open one folder, and both ruin it.
 * The lock is a file beside the folder with the process's id; the lock of a process that is gone is taken over.
 *
 * @returns what gives the folder back.
 * @throws ConfigurationError when another process, or this one, has it open.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = `${resolve(folder)}.lock`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (attempt > 3 || holder === process.pid || (holder > 0 && isAlive(holder))) {
      throw new ConfigurationError('database.dataDir', `process ${holder} has it open (remove ${path} if not)`);
    }
    await rm(path, { force: true });
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
