import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

const made = () => 'made';

describe('requestIdOf', () => {
  it('makes a random UUID', () => {
    const id = requestIdOf(undefined, true);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(requestIdOf(undefined, true)).not.toBe(id);
  });

  it('takes a well-formed id from a trusted hop only', () => {
    expect(requestIdOf('req_1.2-345', true, made)).toBe('req_1.2-345');
    expect(requestIdOf('req_1.2-345', false, made)).toBe('made');
  });

  it.each(['', 'short', 'a'.repeat(65), 'with space', 'line\nbreak1', 'trailing1\n', '<script>', 'ünicode1'])(
    'does not take %j',
    (inbound) => {
      expect(requestIdOf(inbound, true, made)).toBe('made');
    },
  );
});
