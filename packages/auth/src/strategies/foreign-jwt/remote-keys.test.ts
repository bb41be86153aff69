import { beforeEach, describe, expect, it } from 'vitest';
import { later } from '../../../test-support/calls.ts';
import { foreignKey, otherKey, published } from '../../../test-support/foreign-tokens.ts';
import { remoteKeys } from './remote-keys.ts';

const rules = { cacheSeconds: 600, cooldownSeconds: 30, staleSeconds: 3600 };
const one = { keys: [published(foreignKey.publicJwk, 'k1')] };
const both = { keys: [...one.keys, published(otherKey.publicJwk, 'k2')] };

let answer: () => Promise<Readonly<Record<string, unknown>>>;
let asked: number;
let logged: unknown[];
const down = () => Promise.reject(new Error('down'));
const tells = (set: object) => async () => set as Readonly<Record<string, unknown>>;

beforeEach(() => {
  asked = 0;
  logged = [];
  answer = tells(one);
});

function arrange() {
  const load = () => {
    asked += 1;
    return answer();
  };
  const log = { error: (fields: object) => void logged.push(fields) };
  const keys = remoteKeys(load, ['RS256'], rules, log);
  /** The id of the key that is found, `none`, or the code of the error. */
  return async (kid: string, seconds: number): Promise<string> => {
    try {
      const key = await keys.find(kid, later(seconds));
      return key === undefined ? 'none' : String(key.kid);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
}

describe('as long as the server answers', () => {
  it('asks once for all that wait, and not again while the set is fresh', async () => {
    const find = arrange();
    expect(await Promise.all(Array.from({ length: 50 }, () => find('k1', 0)))).toEqual(Array(50).fill('k1'));
    expect(await find('k1', 599)).toBe('k1');
    expect(asked).toBe(1);
    expect(await Promise.all([find('k1', 600), find('k1', 600)])).toEqual(['k1', 'k1']);
    expect(asked).toBe(2);
  });

  it('asks for a key that it does not know, once a cool-down, whatever ids come', async () => {
    const find = arrange();
    expect(await find('k1', 0)).toBe('k1');
    const flood = () => Promise.all(Array.from({ length: 50 }, (_, turn) => find(`x${turn}`, 29)));
    expect(new Set(await flood())).toEqual(new Set(['none']));
    expect(asked).toBe(1);
    answer = tells(both);
    expect(await find('k2', 29)).toBe('none');
    expect(await Promise.all([find('k2', 30), find('x', 30), find('k1', 30)])).toEqual(['k2', 'none', 'k1']);
    expect(asked).toBe(2);
  });

  it('lets go of a key that was withdrawn, and keeps the object of one that was not', async () => {
    answer = tells(both);
    const keys = remoteKeys(() => answer(), ['RS256'], rules, undefined);
    const [first, second] = [await keys.find('k1', later(0)), await keys.find('k2', later(0))];
    expect(await keys.find('k1', later(600))).toBe(first);
    answer = tells(one);
    expect(await keys.find('k2', later(1200))).toBeUndefined();
    expect(await keys.find('k1', later(1200))).toBe(first);
    // Another key under an old name is another key.
    answer = tells({ keys: [published(otherKey.publicJwk, 'k1')] });
    const replaced = await keys.find('k1', later(1800));
    expect(replaced).toBeDefined();
    expect(replaced).not.toBe(first);
    expect(replaced).not.toBe(second);
  });

  it('believes a server that has taken all its keys away', async () => {
    const find = arrange();
    expect(await find('k1', 0)).toBe('k1');
    answer = tells({ keys: [] });
    expect(await find('k1', 600)).toBe('none');
  });
});

describe('while the server does not answer', () => {
  it('can say nothing when it has no keys yet, and asks again after five seconds', async () => {
    answer = down;
    const find = arrange();
    expect(await find('k1', 0)).toBe('unavailable');
    expect(await find('k1', 4)).toBe('unavailable');
    expect(asked).toBe(1);
    answer = tells(one);
    expect(await find('k1', 5)).toBe('k1');
    expect(asked).toBe(2);
    expect(logged).toHaveLength(1);
  });

  it('goes on with the last keys for an hour, and asks beside the calls', async () => {
    const find = arrange();
    expect(await find('k1', 0)).toBe('k1');
    answer = down;
    expect(await find('k1', 600)).toBe('k1');
    expect(await find('k1', 629)).toBe('k1');
    expect(asked).toBe(2);
    // Nobody waits for a server that has just failed.
    answer = () => new Promise(() => {});
    expect(await find('k1', 630)).toBe('k1');
    expect(await find('k1', 4199)).toBe('k1');
    expect(asked).toBe(3);
  });

  it('is at an end when the hour is over, and begins again', async () => {
    const find = arrange();
    expect(await find('k1', 0)).toBe('k1');
    answer = down;
    expect(await find('k1', 4199)).toBe('k1');
    expect(await find('k1', 4204)).toBe('unavailable');
    answer = tells(one);
    expect(await find('k1', 4209)).toBe('k1');
  });

  it('does not take an unknown key for a bad one', async () => {
    const find = arrange();
    expect(await find('k1', 0)).toBe('k1');
    answer = down;
    expect(await find('k2', 30)).toBe('unavailable');
    expect(await find('k2', 59)).toBe('unavailable');
    answer = tells(both);
    expect(await find('k2', 60)).toBe('k2');
  });

  it.each([{}, { keys: {} }, { keys: 'k1' }, { keys: Array(101).fill(one.keys[0]) }])(
    'takes what is no key set for no answer (%#)',
    async (set) => {
      const find = arrange();
      expect(await find('k1', 0)).toBe('k1');
      answer = tells(set);
      expect(await find('k1', 600)).toBe('k1');
      expect(logged).toHaveLength(1);
    },
  );

  it('asks anew when the clock was set back, and is not fresh for ever', async () => {
    const find = arrange();
    expect(await find('k1', 10_000)).toBe('k1');
    answer = down;
    expect(await find('k1', 0)).toBe('unavailable');
  });
});
