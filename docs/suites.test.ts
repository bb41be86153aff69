import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { layOut, modulesOf } from '../tests/documentation/modules.ts';
import { readPages } from '../tests/documentation/pages.ts';

/** Tests that the documentation shows (`ts suite`) are run here: what a page says of its own code is so. */

const modules = (await readPages()).flatMap(modulesOf);
const suites = modules.filter(({ use }) => use === 'suite');
const { folder, fileOf } = await layOut('.suite-', modules);

afterAll(() => rm(folder, { recursive: true, force: true }));

it('runs the strategies that pages show through the conformance suite', () => {
  const pages = suites.map(({ page }) => page.path);
  expect(pages).toEqual(expect.arrayContaining(['docs/guides/authentication.md', 'docs/guides/own-strategy.md']));
});

for (const suite of suites) {
  describe(suite.page.path, async () => {
    await import(fileOf(suite));
  });
}
