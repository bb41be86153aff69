import { expect, it } from 'vitest';
import { normaliseLogin } from './account.ts';

it('writes one login for all its spellings', () => {
  for (const [spellings, login] of [
    [['ada', 'ADA', ' Ada\t', 'ａｄａ'], 'ada'],
    [['Ada@Example.org', 'ada@example.ORG'], 'ada@example.org'],
    [['straße', 'STRASSE', 'STRAẞE', 'strasse'], 'strasse'],
    [['caf\u00e9', 'CAFE\u0301'], 'caf\u00e9'],
    [['ΟΔΟΣ', 'οδος'], 'οδος'],
    [['ﬁona', 'FIONA'], 'fiona'],
  ] as const) {
    for (const spelling of spellings) expect([spelling, normaliseLogin(spelling)]).toEqual([spelling, login]);
  }
});

it('changes nothing that it has written', () => {
  const characters = Array.from({ length: 0x3_0000 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  const moved = characters.filter((code) => {
    const once = normaliseLogin(`a${String.fromCodePoint(code)}b`);
    return once !== undefined && normaliseLogin(once) !== once;
  });
  expect(moved).toEqual([]);
});

it('takes no login that is empty, too long, or has what cannot be seen', () => {
  for (const text of [
    '',
    '   ',
    'x'.repeat(255),
    'a\0b',
    'a\u0007',
    'a\u200bb',
    'a\u202eb',
    'a\ud800',
    'ﷺ'.repeat(20),
  ]) {
    expect([text, normaliseLogin(text)]).toEqual([text, undefined]);
  }
  expect(normaliseLogin('x'.repeat(254))).toHaveLength(254);
});
