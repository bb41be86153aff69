import { describe, expect, it } from 'vitest';
import { later, start, testSetup } from '../../../test-support/calls.ts';
import { foreignServer, held, json, redirect, silence, status, text } from '../../../test-support/foreign-server.ts';
import {
  audience,
  foreignKey,
  otherKey,
  published,
  signJwt,
  told,
  userClaims,
} from '../../../test-support/foreign-tokens.ts';
import { type ForeignJwtOptions, foreignJwt } from '../../index.ts';

const keySet = (...kids: readonly string[]) =>
  json({ keys: kids.map((kid) => published((kid === 'k2' ? otherKey : foreignKey).publicJwk, kid)) });

/** A whole server, and how it judges over HTTP. */
async function arrange(place: 'openid' | 'oauth' | 'jwks', path = '/realms/one', timeoutSeconds = 10) {
  const server = await foreignServer();
  const issuer = server.origin + path;
  const where = place === 'jwks' ? { jwksUri: `${server.origin}/keys` } : { discovery: place };
  const document =
    place === 'oauth'
      ? `/.well-known/oauth-authorization-server${path.replace(/\/$/, '')}`
      : `${path.replace(/\/$/, '')}/.well-known/openid-configuration`;
  server.answer(document, json({ issuer, jwks_uri: `${server.origin}/keys` }));
  server.answer('/keys', keySet('k1'));
  const options = { issuer, audience, scopes: [], allowHttp: true, timeoutSeconds, ...where } as ForeignJwtOptions;
  const verifier = foreignJwt(options).connect(testSetup());
  let turn = 0;
  /** Judges a new token, so that nothing is remembered of it. */
  const judge = async (now = start, kid = 'k1'): Promise<string> => {
    turn += 1;
    const claims = { iss: issuer, ...userClaims, iat: 0, exp: 1, jti: String(turn) };
    const seconds = Math.floor(now.getTime() / 1000);
    const key = kid === 'k2' ? otherKey : foreignKey;
    return told(verifier, signJwt({ ...claims, iat: seconds, exp: seconds + 60 }, { kid }, key.privateKey), now);
  };
  return { server, issuer, document, judge };
}

const ada = `user ${userClaims.sub} `;

describe('where keys are', () => {
  it.each([
    ['openid', '/realms/one'],
    ['openid', '/'],
    ['openid', ''],
    ['oauth', '/realms/one'],
    ['oauth', ''],
  ] as const)('finds them by %s discovery behind "%s"', async (place, path) => {
    const { judge, server, document } = await arrange(place, path);
    expect(await judge()).toBe(ada);
    expect(await judge()).toBe(ada);
    expect([server.count(document), server.count('/keys')]).toEqual([1, 1]);
  });

  it('takes the document of no other issuer, byte by byte', async () => {
    const { judge, server, document, issuer } = await arrange('openid');
    for (const [turn, named] of [`${issuer}/`, issuer.toUpperCase(), undefined, [issuer]].entries()) {
      server.answer(document, json({ issuer: named, jwks_uri: `${server.origin}/keys` }));
      expect([named, await judge(later(turn * 60))]).toEqual([named, 'unavailable']);
    }
    expect(server.count('/keys')).toBe(0);
  });

  it.each(['ftp://a.test/keys', 'file:///etc/passwd', '/keys', 7, undefined, 'http://u:p@127.0.0.1/keys'])(
    'takes no keys from %s',
    async (address) => {
      const { judge, server, document, issuer } = await arrange('openid');
      server.answer(document, json({ issuer, jwks_uri: address }));
      expect(await judge()).toBe('unavailable');
    },
  );

  it('looks the address up again after a failure', async () => {
    const { judge, server, document, issuer } = await arrange('openid');
    expect(await judge()).toBe(ada);
    server.answer('/keys', status(404));
    server.answer('/new-keys', keySet('k1', 'k2'));
    server.answer(document, json({ issuer, jwks_uri: `${server.origin}/new-keys` }));
    expect(await judge(later(600))).toBe(ada);
    expect(await judge(later(630), 'k2')).toBe(ada);
  });
});

describe('a server in trouble', () => {
  it.each([
    ['slow', silence],
    ['broken', status(500)],
    ['redirecting', redirect('/elsewhere')],
    ['talkative', text(JSON.stringify({ keys: ['x'.repeat(70_000)] }))],
    ['garbled', text('<html>')],
  ] as const)('that is %s leaves calls at 503, and with keys at hand unharmed', async (_name, answer) => {
    const { judge, server } = await arrange('jwks', '/realms/one', answer === silence ? 1 : 10);
    server.answer('/elsewhere', keySet('k1'));
    server.answer('/keys', answer);
    expect(await judge()).toBe('unavailable');
    server.answer('/keys', keySet('k1'));
    expect(await judge(later(5))).toBe(ada);
    server.answer('/keys', answer);
    expect(await judge(later(605))).toBe(ada);
    expect(await judge(later(4205))).toBe('unavailable');
    expect(server.count('/elsewhere')).toBe(0);
  });

  it('rotates without a restart', async () => {
    const { judge, server } = await arrange('jwks');
    expect(await judge()).toBe(ada);
    server.answer('/keys', keySet('k2'));
    expect(await judge(later(10), 'k2')).toBe('token_invalid');
    expect(await judge(later(30), 'k2')).toBe(ada);
    expect(await judge(later(31), 'k1')).toBe('token_invalid');
    expect(server.count('/keys')).toBe(2);
  });

  it('is asked by one request for all calls that wait', async () => {
    const { judge, server } = await arrange('jwks');
    const waiting = held(keySet('k1'));
    server.answer('/keys', waiting.answer);
    const calls = Array.from({ length: 20 }, () => judge());
    waiting.release();
    expect(await Promise.all(calls)).toEqual(Array(20).fill(ada));
    expect(server.count('/keys')).toBe(1);
  });
});

it('forgets what a withdrawn key has proven', async () => {
  const { server, issuer } = await arrange('jwks');
  const options = {
    issuer,
    audience,
    scopes: [],
    allowHttp: true,
    jwksUri: `${server.origin}/keys`,
    maxLifetimeSeconds: 7200,
  };
  const verifier = foreignJwt(options).connect(testSetup());
  const token = signJwt({ iss: issuer, ...userClaims, exp: userClaims.iat + 7200 });
  expect(await told(verifier, token, start)).toBe(ada);
  server.answer('/keys', keySet('k2'));
  expect(await told(verifier, token, later(599))).toBe(ada);
  expect(await told(verifier, token, later(600))).toBe('token_invalid');
});
