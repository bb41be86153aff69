import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

// Only Linux tells when a process began.
const onLinux: (name: string, test: () => Promise<void>) => void = process.platform === 'linux' ? it : () => {};

onLinux('is not fooled by a number that came again', async () => {
  const folder = join(root, 'c');
  await writeFile(`${folder}.lock`, `${process.pid} 1`);
  const unlock = await lockFolder(folder);
  expect(await readFile(`${folder}.lock`, 'utf8')).not.toBe(`${process.pid} 1`);
  await unlock();
});
