import { describe, expect, it } from 'vitest';
import { microsecondsOf, normaliseTimestamp, now, nowInMicroseconds, timestampOf } from './timestamp.ts';

describe('timestamps', () => {
  it.each([
    ['2026-03-02 08:15:30.482113+00', '2026-03-02T08:15:30.482113Z'],
    ['2026-03-02 08:15:30+00', '2026-03-02T08:15:30.000000Z'],
    ['2026-03-02T08:15:30.4Z', '2026-03-02T08:15:30.400000Z'],
    ['2026-03-02 08:15:30.482113', '2026-03-02T08:15:30.482113Z'],
    ['2026-03-02 13:45:30.482113+05:30', '2026-03-02T08:15:30.482113Z'],
    ['2026-03-02 00:15:30.482113-08', '2026-03-02T08:15:30.482113Z'],
  ])('brings %s into one form', (text, expected) => {
    expect(normaliseTimestamp(text)).toBe(expected);
  });

  it('refuses what is no point in time', () => {
    expect(() => normaliseTimestamp('infinity')).toThrow(RangeError);
    expect(() => normaliseTimestamp('2026-03-02')).toThrow(RangeError);
  });

  it('goes to microseconds and back', () => {
    expect(microsecondsOf('2026-03-02T08:15:30.482113Z')).toBe(1772439330482113);
    expect(timestampOf(1772439330482113)).toBe('2026-03-02T08:15:30.482113Z');
  });

  it('never tells the same present twice', () => {
    const times = Array.from({ length: 1000 }, nowInMicroseconds);
    expect(new Set(times).size).toBe(1000);
    expect(now() > timestampOf(times[0] ?? 0)).toBe(true);
  });
});
