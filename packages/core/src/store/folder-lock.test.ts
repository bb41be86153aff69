import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'folder-lock-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('keeps a second opener out until the first gives back', async () => {
  const folder = join(root, 'a');
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} has ${folder} open already`);
  await unlock();
  await (await lockFolder(folder))();
});

it('takes over from a process that is gone', async () => {
  const folder = join(root, 'b');
  await writeFile(`${folder}.lock`, '999999999 1');
  await (await lockFolder(folder))();
  await writeFile(`${folder}.lock`, '');
  await (await lockFolder(folder))();
});

it('lets one of many in that come at once, to a free folder and to one of a process that is gone', async () => {
  for (const [name, stale] of [
    ['free', undefined],
    ['gone', '999999999 1'],
    ['empty', ''],
  ] as const) {
    for (let round = 0; round < 10; round++) {
      const folder = join(root, `${name}-${round}`);
      if (stale !== undefined) await writeFile(`${folder}.lock`, stale);
      const taken = await Promise.allSettled(Array.from({ length: 24 }, () => lockFolder(folder)));
      expect(taken.filter(({ status }) => status === 'fulfilled').length, name).toBe(1);
      for (const one of taken) if (one.status === 'fulfilled') await one.value();
    }
  }
  expect(await readdir(root)).toEqual([]);
});

// Only Linux tells when a process began.
const onLinux: (name: string, test: () => Promise<void>) => void = process.platform === 'linux' ? it : () => {};

onLinux('is not fooled by a number that came again', async () => {
  const folder = join(root, 'c');
  await writeFile(`${folder}.lock`, `${process.pid} 1`);
  const unlock = await lockFolder(folder);
  expect(await readFile(`${folder}.lock`, 'utf8')).not.toBe(`${process.pid} 1`);
  await unlock();
});
