import { expect, it } from 'vitest';
import { sessionCookie } from './cookie.ts';

it('is bound to host, TLS and all paths, and hidden from scripts', () => {
  const cookie = sessionCookie({}, false);
  expect(cookie.name).toBe('__Host-session');
  expect(cookie.given('id')).toBe('__Host-session=id; Path=/; HttpOnly; Secure; SameSite=Lax');
  expect(cookie.taken).toBe('__Host-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
  expect(sessionCookie({ name: 'desk', sameSite: 'strict' }, false).given('id')).toBe(
    '__Host-desk=id; Path=/; HttpOnly; Secure; SameSite=Strict',
  );
});

it('loses the prefix with Secure, when that is asked for', () => {
  expect(sessionCookie({}, true).given('id')).toBe('session=id; Path=/; HttpOnly; SameSite=Lax');
});

it('is read as it was sent, and only when it is there once', () => {
  const { read } = sessionCookie({}, false);
  for (const header of [undefined, '', ';', 'session=a', '__host-session=a', 'x__Host-session=a']) {
    expect([header, read(header)]).toEqual([header, { kind: 'none' }]);
  }
  for (const [header, value] of [
    ['__Host-session=a', 'a'],
    ['a=1; __Host-session=a ; b=2', 'a'],
    ['a=1;__Host-session=a%20b', 'a%20b'],
    ['__Host-session=', ''],
    ['__Host-session', ''],
    ['__Host-session="a"', '"a"'],
    ['__Host-session=a=b', 'a=b'],
    ['b="x; __Host-session=a', 'a'],
  ] as const) {
    expect([header, read(header)]).toEqual([header, { kind: 'one', value }]);
  }
  for (const header of ['__Host-session=a; __Host-session=a', '__Host-session=; x=1;  __Host-session =b']) {
    expect([header, read(header)]).toEqual([header, { kind: 'several' }]);
  }
});

it('has a plain name', () => {
  for (const name of ['', '__Host-x', '__Secure-x', 'a b', 'a;b', 'a=b', 'x'.repeat(65), 'é']) {
    expect(() => sessionCookie({ name }, false)).toThrow('sessions.cookie.name');
  }
});
