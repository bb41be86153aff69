import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

/** Rows of the checklist of behaviour, B-001 to B-287. */
const rows = Array.from({ length: 287 }, (_, index) => `B-${String(index + 1).padStart(3, '0')}`);

/** What no answer of the API shows, and why; each has a test elsewhere. */
const unseen: Readonly<Record<string, string>> = {
  'B-068':
    'Types of organisations are changed in the back office, for which there is no address: test/clients.test.ts, and the command line in test/start.test.ts.',
};

/** The names of all tests of this folder, as they are written. */
async function testNames(): Promise<string[]> {
  const names: string[] = [];
  for (const file of await readdir(import.meta.dirname)) {
    if (!file.endsWith('.test.ts')) continue;
    const source = await readFile(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, , name = ''] of source.matchAll(/^\s*it\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gm)) names.push(name);
  }
  return names;
}

it('each row of the contract has one test of its own here, or a reason why it has none', async () => {
  const names = await testNames();
  const counted = rows.map((row) => [row, names.filter((name) => name.startsWith(`${row} `)).length]);
  expect(counted.filter(([row, count]) => count !== (row !== undefined && row in unseen ? 0 : 1))).toEqual([]);
});

it('no test stands for several rows, or for one that there is not', async () => {
  const known = new Set(rows);
  for (const name of await testNames()) {
    const said = name.match(/B-\d+/g) ?? [];
    expect([name, said.length <= 1, said.every((row) => known.has(row) && name.startsWith(row))]).toEqual([
      name,
      true,
      true,
    ]);
  }
});
