import { describe, expect, it } from 'vitest';
import { announcesBody, bodyLeftUnread, markBodyUnread } from './unread.ts';

describe('bodyLeftUnread', () => {
  it('knows marked errors and nothing else', () => {
    const error = new Error('a');
    expect(bodyLeftUnread(error)).toBe(false);
    expect(markBodyUnread(error)).toBe(error);
    expect(bodyLeftUnread(error)).toBe(true);
    for (const other of [undefined, null, 'a', 1, new Error('a')]) expect(bodyLeftUnread(other)).toBe(false);
  });
});

describe('announcesBody', () => {
  it.each([
    [{}, false],
    [{ 'content-length': '0' }, false],
    [{ 'content-length': '1' }, true],
    [{ 'transfer-encoding': 'chunked' }, true],
  ])('%j: %s', (headers, announced) => {
    expect(announcesBody(headers)).toBe(announced);
  });
});
