import { silentLogger } from '@sallyport/core';
import { expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { memoryAuditTrail } from './audit-trail.ts';
import { tellerOf } from './refusals.ts';
import { Repetitions } from './repetitions.ts';

it('tells some of those alike in a minute, and after it how many were left out', () => {
  const repetitions = new Repetitions(2);
  expect([0, 1, 2, 59].map((second) => repetitions.tell('a', later(second)))).toEqual([0, 0, undefined, undefined]);
  expect(repetitions.tell('b', later(59))).toBe(0);
  expect(repetitions.tell('a', later(60))).toBe(2);
  expect(repetitions.tell('a', later(61))).toBe(0);
  expect(repetitions.tell('a', later(200))).toBe(0);
});

it('refusals are alike when type, reason and network are', async () => {
  const trail = memoryAuditTrail();
  const teller = tellerOf(trail);
  const refusal = { type: 'token.refused', reason: 'x', at: start, address: '2001:db8::1' } as const;
  for (let turn = 0; turn < 40; turn += 1) {
    await teller.tell({ ...refusal, address: `2001:db8::${turn}`, clientId: `c${turn}` }, silentLogger);
  }
  expect(trail.events).toHaveLength(30);
  await teller.tell({ ...refusal, address: '2001:db8:0:1::1' }, silentLogger);
  await teller.tell({ ...refusal, reason: 'y' }, silentLogger);
  await teller.tell({ ...refusal, at: later(60) }, silentLogger);
  expect(trail.events.slice(30)).toEqual([
    { type: 'token.refused', reason: 'x', at: start, outcome: 'refused', network: '2001:db8:0:1::/64' },
    { type: 'token.refused', reason: 'y', at: start, outcome: 'refused', network: '2001:db8:0:0::/64' },
    {
      type: 'token.refused',
      reason: 'x',
      at: later(60),
      outcome: 'refused',
      network: '2001:db8:0:0::/64',
      leftOut: 10,
    },
  ]);
});
