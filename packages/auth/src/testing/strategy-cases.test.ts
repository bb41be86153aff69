import { type AuthenticationStrategy, type CallerPrincipal, SallyportError, system } from '@sallyport/core';
import { expect, it } from 'vitest';
import type { OpenedStrategy } from './strategy-bench.ts';
import { strategyCases } from './strategy-cases.ts';

const secret = 'good-secret-of-ada';
const ada: CallerPrincipal = Object.freeze({
  kind: 'user',
  id: 'ada',
  scopes: new Set(['tag:search']),
  strategy: 'own',
  attributes: {},
});
const challenge = { 'WWW-Authenticate': 'own' };
const refuse = () => new SallyportError('invalid_token', { headers: challenge });

type Asked = (sent: string, request: Parameters<AuthenticationStrategy['authenticate']>[0]) => unknown;

/** A strategy that passes, but for what is changed. */
function bench(asked: Asked, change: Partial<AuthenticationStrategy> = {}): OpenedStrategy {
  const strategy: AuthenticationStrategy = {
    name: 'own',
    challenge: 'own',
    carries: ({ headers }) => headers['x-own'] !== undefined,
    async authenticate(request) {
      const sent = request.head.headers['x-own'];
      // What is wrong with these strategies is just that they answer what no type allows.
      return (sent === undefined ? undefined : await asked(sent, request)) as CallerPrincipal | undefined;
    },
    ...change,
  };
  return {
    strategy,
    good: { headers: { 'x-own': secret } },
    bad: { unknown: { headers: { 'x-own': 'bad-secret-of-bob' } } },
  };
}

const sound: Asked = (sent) => {
  if (sent !== secret) throw refuse();
  return ada;
};

/** The names of the cases that fail. */
async function failing(subject: OpenedStrategy, down = false): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const one of strategyCases.filter((candidate) => candidate.down === down)) {
    await one.run(subject).catch(() => failed.push(one.name));
  }
  return failed;
}

it('lets a sound strategy pass', async () => {
  expect(await failing(bench(sound))).toEqual([]);
  const out: Asked = () => {
    throw new SallyportError('unavailable', { headers: { 'Retry-After': '5' } });
  };
  expect(await failing(bench(out), true)).toEqual([]);
});

const letsIn = 'lets in who shows what is good, as a frozen caller';
const refuses = 'refuses what is bad with 401 and a challenge, and shows nothing of it';
const apart = 'keeps callers apart who come at once';
const hostile = 'answers hostile headers with 400 or 401, or not at all';
const never = 'never answers system, whatever a call says of itself';
const atAll = 'knows nobody who shows nothing';
const address = 'takes no credentials out of the address';

let turn = 0;
const mine =
  (answer: unknown): Asked =>
  (sent, request) =>
    sent === secret ? answer : sound(sent, request);

it.each<[string, OpenedStrategy, readonly string[]]>([
  ['answers system', bench(mine(system)), [letsIn, apart, never]],
  ['can be changed', bench(mine({ ...ada })), [letsIn]],
  ['has a getter', bench(mine(Object.freeze(Object.defineProperty({ ...ada }, 'id', { get: () => 'ada' })))), [letsIn]],
  ['says it is another', bench(mine(Object.freeze({ ...ada, strategy: 'bearer' }))), [letsIn]],
  ['has scopes in one text', bench(mine(Object.freeze({ ...ada, scopes: 'all' }))), [letsIn]],
  ['has a scope with a space', bench(mine(Object.freeze({ ...ada, scopes: new Set(['a b']) }))), [letsIn]],
  ['has no id', bench(mine(Object.freeze({ ...ada, id: '' }))), [letsIn]],
  ['knows everybody', bench(() => ada), [refuses, apart, hostile]],
  [
    'looks at the beginning only',
    bench((sent) => (sent.startsWith('good') ? ada : sound(sent, {} as never))),
    [hostile],
  ],
  [
    'mixes callers up',
    bench((sent, request) => {
      turn += 1;
      return sent === secret ? Object.freeze({ ...ada, id: `ada-${turn}` }) : sound(sent, request);
    }),
    [apart],
  ],
  [
    'shows what it was sent',
    bench((sent) => {
      if (sent === secret) return ada;
      throw new SallyportError('invalid_token', { headers: challenge, detail: `${sent} is not valid` });
    }),
    [refuses],
  ],
  [
    'shows it in a cause',
    bench((sent) => {
      if (sent === secret) return ada;
      throw new SallyportError('invalid_token', {
        headers: challenge,
        cause: new Error('x', { cause: { config: { sent } } }),
      });
    }),
    [refuses],
  ],
  [
    'has no challenge',
    bench((sent) => {
      if (sent === secret) return ada;
      throw new SallyportError('invalid_token');
    }),
    [refuses],
  ],
  [
    'answers 403',
    bench((sent) => {
      if (sent === secret) return ada;
      throw new SallyportError('forbidden', { headers: challenge });
    }),
    [refuses, apart, hostile],
  ],
  [
    'breaks over odd values',
    bench((sent, request) => (sent.length > 10_000 ? JSON.parse(sent) : sound(sent, request))),
    [hostile],
  ],
  [
    'lets in by the address',
    bench(sound, {
      authenticate: ({ head }) =>
        head.rawQuery.includes(secret) || head.headers['x-own'] === secret ? ada : undefined,
    }),
    [refuses, address, apart],
  ],
  [
    'lets anybody in',
    bench(sound, { authenticate: () => ada, carries: () => true }),
    [atAll, refuses, address, apart, hostile],
  ],
  ['does not see its credentials', bench(sound, { carries: () => false }), ['sees the credentials that it judges']],
  ['has a name with a space', bench(sound, { name: 'my own' }), ['says what it is', letsIn]],
  ['has a challenge of two lines', bench(sound, { challenge: 'a\r\nb' }), ['says what it is']],
  [
    'believes a header',
    bench(sound, {
      authenticate({ head: { headers } }) {
        // What no type allows.
        if (headers['x-user'] === 'system') return system as never;
        const sent = headers['x-own'];
        return sent === undefined ? undefined : (sound(sent, {} as never) as CallerPrincipal);
      },
    }),
    [never],
  ],
])('fails one that %s', async (_what, subject, expected) => {
  expect(await failing(subject)).toEqual(expected);
});

it.each<[string, Asked]>([
  ['lets in', () => ada],
  ['says 401', () => Promise.reject(refuse())],
  ['breaks', () => Promise.reject(new Error('down'))],
  ['does not say when to come back', () => Promise.reject(new SallyportError('unavailable'))],
  [
    'shows what it was sent',
    (sent) =>
      Promise.reject(new SallyportError('unavailable', { headers: { 'Retry-After': '5' }, cause: new Error(sent) })),
  ],
])('fails one that %s while everything is down', async (_what, asked) => {
  expect(await failing(bench(asked), true)).toEqual([
    'answers 503 with Retry-After, and shows nothing of the credentials',
  ]);
});
