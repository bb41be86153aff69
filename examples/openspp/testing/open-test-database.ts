import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import type { MikroORM } from '@mikro-orm/core';
import { openDatabase } from '@sallyport/core';
import { databaseOptions } from '../src/database/index.ts';
import { loadVocabulary } from '../src/vocabulary/index.ts';

/** A database in memory, migrated, with the vocabulary. */
export interface TestDatabase {
  readonly orm: MikroORM;
  close(): Promise<void>;
}

/** Changes with everything that the dump is made of. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const require = createRequire(import.meta.url);
  hash.update(await readFile(require.resolve('@electric-sql/pglite')));
  for (const folder of ['../migrations', '../src/vocabulary', '../src/entities']) {
    const absolute = join(import.meta.dirname, folder);
    for (const file of (await readdir(absolute)).sort()) {
      if (file.endsWith('.ts')) hash.update(file).update(await readFile(join(absolute, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function open(loadDataDir: Blob | undefined): Promise<MikroORM> {
  return openDatabase({ ...(await databaseOptions({ databaseUrl: undefined, dataDir: 'memory://' })), loadDataDir });
}

/**
 * Opens a database of its own in memory. The first call on a machine migrates it and keeps a dump in the folder for
 * temporary files; later ones start from the dump, in a fraction of the time.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const file = join(tmpdir(), `sallyport-openspp-${await fingerprint()}.tar`);
  const dump = await readFile(file).catch(() => undefined);
  const orm = await open(dump === undefined ? undefined : new Blob([dump]));
  if (dump === undefined) {
    await orm.migrator.up();
    await orm.em.fork().transactional((em) => loadVocabulary(em));
    const client = await (orm.em.getDriver().getConnection() as unknown as Connection).getNativeClient();
    const made = await client.dumpDataDir('none');
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, Buffer.from(await made.arrayBuffer()));
    await rename(draft, file);
    // Dumps of what the migrations were before are of no more use.
    for (const other of await readdir(tmpdir())) {
      const old = join(tmpdir(), other);
      if (/^sallyport-openspp-[0-9a-f]{16}\.tar$/.test(other) && old !== file) await rm(old, { force: true });
    }
  }
  return { orm, close: () => orm.close() };
}

/** `PgliteConnection`, as far as it is used here. */
interface Connection {
  getNativeClient(): Promise<PGlite>;
}
