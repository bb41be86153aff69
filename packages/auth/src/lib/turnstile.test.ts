import { setImmediate as nextTurn } from 'node:timers/promises';
import { SallyportError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { createTurnstile } from './turnstile.ts';

it('lets a few begin at once, and the others in order, a few in each turn', async () => {
  const turnstile = createTurnstile(2, 10);
  const begun: number[] = [];
  for (let index = 0; index < 7; index += 1) {
    const passed = turnstile.pass();
    if (passed === undefined) begun.push(index);
    else void passed.then(() => begun.push(index));
  }
  expect(begun).toEqual([0, 1]);
  // Others of this turn run before the next few.
  for (const expected of [4, 6, 7]) {
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6].slice(0, expected));
  }
  await nextTurn();
  expect(turnstile.pass()).toBeUndefined();
});

it('keeps the order when some come while others wait', async () => {
  const turnstile = createTurnstile(1, 10);
  const begun: string[] = [];
  const come = (name: string) => {
    const passed = turnstile.pass();
    if (passed === undefined) begun.push(name);
    else void passed.then(() => begun.push(name));
  };
  for (const name of ['a', 'b', 'c']) come(name);
  await nextTurn();
  come('d');
  for (let turn = 0; turn < 4; turn += 1) await nextTurn();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('refuses when too many wait, and lets them in again later', async () => {
  const turnstile = createTurnstile(1, 2);
  void turnstile.pass();
  const waiting = [turnstile.pass(), turnstile.pass()];
  expect(() => turnstile.pass()).toThrow(SallyportError);
  await Promise.all(waiting);
  await nextTurn();
  await nextTurn();
  expect(turnstile.pass()).toBeUndefined();
});
