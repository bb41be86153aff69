import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MikroORM } from '@mikro-orm/core';
import { nativeClient } from './executor.ts';

/**
 * A dump of an empty PGlite, kept for the tests: starting from it takes a third of the time of making the data folder
 * anew. It is kept in a folder that only this user can write to, under the installed PGlite's stamp.
 */
export async function readEmptyDump(): Promise<Blob | undefined> {
  const path = await dumpPath();
  if (path === undefined) return undefined;
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined ? undefined : new Blob([new Uint8Array(bytes)], { type: 'application/x-gzip' });
}

/** Keeps the dump of a database that nothing has been written to. Processes that do so at once do not disturb each other. */
export async function writeEmptyDump(orm: MikroORM): Promise<void> {
  const path = await dumpPath();
  const native = await nativeClient(orm);
  if (path === undefined || native.kind !== 'pglite') return;
  const db = native.db as unknown as { dumpDataDir(compression: 'gzip'): Promise<Blob> };
  const dump = await db.dumpDataDir('gzip');
  const draft = `${path}.${process.pid}.${Date.now()}`;
  await writeFile(draft, new Uint8Array(await dump.arrayBuffer()));
  await rename(draft, path);
}

/** Undefined where no folder is safe: then there is no dump. */
async function dumpPath(): Promise<string | undefined> {
  const user = process.getuid?.();
  const folder = join(tmpdir(), `sallyport-tests-${user ?? 'user'}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await stat(folder);
  if (user !== undefined && (owner.uid !== user || (owner.mode & 0o022) !== 0)) return undefined;
  const driver = createRequire(import.meta.url).resolve('@mikro-orm/pglite');
  const { size, mtimeMs } = await stat(createRequire(driver).resolve('@electric-sql/pglite'));
  return join(folder, `pglite-${size}-${Math.round(mtimeMs)}.tar.gz`);
}
