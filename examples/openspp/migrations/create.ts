/**
 * Writes the migration that brings the database from the existing migrations to what the entities say now:
 * `npm run migration:create -w examples/openspp -- <name>`. Needs no server: it compares with a database in memory.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { openDatabase } from '@sallyport/core';
import { databaseOptions } from '../src/database/index.ts';
import { readSettings } from '../src/settings.ts';

const folder = import.meta.dirname;
const name = process.argv[2];
if (name === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) {
  process.stderr.write('Say what the migration does, in small letters and hyphens: add-photo-of-group\n');
  process.exit(2);
}

const options = await databaseOptions(readSettings({ DATA_DIR: 'memory://' }));
const orm = await openDatabase({
  ...options,
  migrations: { ...options.migrations, path: folder, pathTs: folder, emit: 'ts' },
});
try {
  await orm.migrator.up();
  const { fileName } = await orm.migrator.create(folder, false, false, name);
  if (fileName === '') {
    process.stdout.write('The entities say what the migrations made; nothing to do.\n');
  } else {
    const files = (await readdir(folder)).filter((file) => /^Migration\d+.*\.ts$/.test(file)).sort();
    const classes = files.map((file) => file.replace(/\.ts$/, '').replaceAll('-', '_'));
    const imports = files.map((file, index) => `import { ${classes[index]} } from './${file}';`);
    const list = `${imports.join('\n')}

/** Every migration, oldest first. Written by \`npm run migration:create -w examples/openspp\`. */
export const migrations = [${classes.join(', ')}];
`;
    await writeFile(`${folder}/list.ts`, list);
    process.stdout.write(`${fileName}\nRead it, and run \`npm run format\`.\n`);
  }
} finally {
  await orm.close();
}
