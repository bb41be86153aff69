import { describe, expect, it, vi } from 'vitest';
import { within } from './within.ts';

describe('what is waited for within a time', () => {
  it('answers what the work answers, and rejects as it does', async () => {
    expect(await within(1000, Promise.resolve('done'), () => new Error('late'))).toBe('done');
    await expect(within(1000, Promise.reject(new Error('broken')), () => new Error('late'))).rejects.toThrow('broken');
  });

  it('rejects with its own error when the time is over, which nobody makes before', async () => {
    const late = vi.fn(() => new Error('late'));
    const work = Promise.withResolvers<string>();
    await expect(within(1, work.promise, late)).rejects.toThrow('late');
    expect(late).toHaveBeenCalledOnce();
    // What comes later disturbs nobody.
    work.reject(new Error('broken'));
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers();
    try {
      await within(1000, Promise.resolve(), () => new Error('late'));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
