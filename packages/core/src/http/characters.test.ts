import { describe, expect, it } from 'vitest';
import { hasControl, isFieldValue, isForbiddenName, isToken, trimSpace } from './characters.ts';

describe('characters', () => {
  it('isToken is the RFC 9110 token', () => {
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code);
      expect(isToken(character), `U+${code.toString(16)}`).toBe(/^[!#$%&'*+.^_`|~0-9A-Za-z-]$/.test(character));
    }
    expect(isToken('')).toBe(false);
    expect(isToken('a\u0130')).toBe(false);
  });

  it('hasControl knows C0, DEL and C1', () => {
    for (let code = 0; code < 0x120; code++) {
      const control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
      expect(hasControl(`a${String.fromCharCode(code)}`)).toBe(control);
      expect(hasControl(String.fromCharCode(code), 'text')).toBe(control && ![9, 10, 13].includes(code));
    }
  });

  it('isFieldValue keeps out what could split a response', () => {
    expect(isFieldValue('a b\tc\u00ff')).toBe(true);
    for (const text of ['\r', '\n', '\0', '\u007f', '\u0100']) expect(isFieldValue(text)).toBe(false);
  });

  it('isForbiddenName', () => {
    expect(['__proto__', 'constructor', 'prototype'].every(isForbiddenName)).toBe(true);
    expect(['__proto', 'Constructor', ''].some(isForbiddenName)).toBe(false);
  });

  it('trimSpace takes off spaces and tabs only', () => {
    expect(trimSpace(' \t a b\t ')).toBe('a b');
    expect(trimSpace('\u00a0a')).toBe('\u00a0a');
    expect(trimSpace('  ')).toBe('');
  });
});
