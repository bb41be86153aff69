import { describe, expect, it } from 'vitest';
import type { FieldSight, Policy } from '../descriptor/policy.ts';
import { personModel } from '../query/people.fixture.ts';
import type { CallContext } from '../road/call.ts';
import { Selection } from '../store/selection.ts';
import { masked, rowSight } from './masks.ts';

// Masks are given the call and look at nothing of it here.
const call = {} as CallContext;
const policyOf = (sight: FieldSight | undefined, name = 'mask'): Policy => ({ name, mask: () => () => sight });
const onlyFisher: FieldSight = {
  has: (field) => field !== 'secret',
  within: (field) => (field === 'extension' ? new Set(['fisher']) : undefined),
};

describe('masks over parts of fields', () => {
  const shown = (value: Record<string, unknown>, ...sights: (FieldSight | undefined)[]) => {
    const policies = sights.map((sight, index) => policyOf(sight, `mask-${index}`));
    const read = masked(
      () => structuredClone(value),
      policies,
      new Selection(personModel),
      { call, varies: false },
      new Set(['slug']),
    );
    return read([]);
  };
  const extension = { fisher: { boats: 2 }, health: { blood: 'A' } };

  it('leave the parts that may be seen, of the fields that may be', () => {
    expect(shown({ slug: 'a', secret: 1, extension }, onlyFisher)).toEqual({
      slug: 'a',
      extension: { fisher: { boats: 2 } },
    });
    expect(shown({ extension }, { has: () => false, within: () => undefined })).toEqual({});
    expect(shown({ extension }, { has: () => true }, undefined)).toEqual({ extension });
  });

  it('leave the field out when no part of it is left, and what is unset as it is', () => {
    expect(shown({ name: 'Ada', extension: { health: {} } }, onlyFisher)).toEqual({ name: 'Ada' });
    expect(shown({ extension: null }, onlyFisher)).toEqual({ extension: null });
  });

  it('narrow one another', () => {
    const onlyHealth: FieldSight = { has: () => true, within: () => new Set(['health']) };
    expect(shown({ extension }, onlyFisher, onlyHealth)).toEqual({});
  });

  it('tell of a part by its path', () => {
    const sees = rowSight([policyOf(onlyFisher)], new Selection(personModel));
    const seen = ['extension', 'extension.fisher', 'extension.health', 'secret', 'secret.part', 'name', 'name.family'];
    expect(seen.map((name) => sees(name, [], call))).toEqual([true, true, false, false, false, true, true]);
  });
});
