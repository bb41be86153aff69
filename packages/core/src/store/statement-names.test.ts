import { describe, expect, it } from 'vitest';
import { StatementNames } from './statement-names.ts';

describe('StatementNames', () => {
  it('names a shape from the second time on, always the same', () => {
    const names = new StatementNames(2);
    expect(names.of('a')).toBeUndefined();
    const name = names.of('a');
    expect(name).toMatch(/^sallyport_\d+$/);
    expect(names.of('a')).toBe(name);
    names.forget('a');
    names.of('a');
    expect(names.of('a')).not.toBe(name);
  });

  it('is bounded, however many shapes come', () => {
    const names = new StatementNames(2);
    for (let index = 0; index < 1000; index += 1) names.of(`once ${index}`);
    for (const text of ['a', 'a', 'b', 'b', 'c', 'c']) names.of(text);
    expect([names.of('a'), names.of('b'), names.of('c')].map((name) => name !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('names nothing when it may not, and never the same in two stores', () => {
    const none = new StatementNames(0);
    none.of('a');
    expect(none.of('a')).toBeUndefined();
    const [one, two] = [new StatementNames(1), new StatementNames(1)];
    one.of('a');
    two.of('b');
    expect(one.of('a')).not.toBe(two.of('b'));
  });
});
