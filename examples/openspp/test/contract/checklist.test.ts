import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

/** Rows of the checklist of behaviour, B-001 to B-287. */
const rows = Array.from({ length: 287 }, (_, index) => `B-${String(index + 1).padStart(3, '0')}`);

/** What no answer of the API shows, and why; each has a test elsewhere. */
const unseen: Readonly<Record<string, string>> = {
  'B-068':
    'Types of organisations are changed in the back office, for which there is no address: test/clients.test.ts, and the command line in test/start.test.ts.',
};

interface Named {
  readonly name: string;
  /** The function that runs it: `overEveryServer` or another one. */
  readonly suite: string;
}

/** All tests of this folder, as they are written. */
async function tests(): Promise<Named[]> {
  const found: Named[] = [];
  for (const file of await readdir(import.meta.dirname)) {
    if (!file.endsWith('.test.ts')) continue;
    const source = await readFile(`${import.meta.dirname}/${file}`, 'utf8');
    let suite = '';
    for (const match of source.matchAll(/^(overE\w+)\(|^\s*it\(\s*(['"`])((?:\\.|(?!\2).)*)\2/gm)) {
      const [, begun, , name] = match;
      if (begun !== undefined) suite = begun;
      else if (name !== undefined) found.push({ name, suite });
    }
  }
  return found;
}

const rowOf = (name: string): string | undefined => /^B-\d+(?= )/.exec(name)?.[0];

it('each row of the contract has one test of its own here, or a reason why it has none', async () => {
  const named = (await tests()).map(({ name }) => rowOf(name));
  const counted = rows.map((row) => ({ row, tests: named.filter((each) => each === row).length }));
  expect(counted.filter((each) => each.tests !== (each.row in unseen ? 0 : 1))).toEqual([]);
});

it('no test stands for several rows, or for one that there is not', async () => {
  const known = new Set(rows);
  for (const { name } of await tests()) {
    const said = name.match(/B-\d+/g) ?? [];
    expect([name, said.every((row) => known.has(row) && row === rowOf(name)), said.length <= 1]).toEqual([
      name,
      true,
      true,
    ]);
  }
});

it('each row is tested over every server', async () => {
  const others = (await tests()).filter(({ name, suite }) => rowOf(name) !== undefined && suite !== 'overEveryServer');
  expect(others).toEqual([]);
});
