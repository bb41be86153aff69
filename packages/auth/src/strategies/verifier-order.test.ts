import { ConfigurationError, SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { head, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { foreignServer, json, status } from '../../test-support/foreign-server.ts';
import { audience, foreignKeys, otherKey, published, signJwt, userClaims } from '../../test-support/foreign-tokens.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import {
  bearer,
  createMemoryClientStore,
  createMemoryTokenStore,
  foreignJwt,
  jwtTokens,
  opaqueTokens,
  remoteIntrospection,
} from '../index.ts';

const { client } = testClient(testHasher());

/** Own tokens of both kinds first, and behind them two servers with keys and one that must be asked. */
async function arrange() {
  const server = await foreignServer();
  server.answer('/one', foreignKeys);
  server.answer('/two', json({ keys: [published(otherKey.publicJwk, 'k1')] }));
  server.answer('/introspect', json({ active: true, sub: 'zoe', aud: audience }));
  const clients = createMemoryClientStore([client]);
  const own = jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'https://own.test', clients });
  const opaque = opaqueTokens({ store: createMemoryTokenStore(), clients });
  const shared = { audience, scopes: ['tag:search'], allowHttp: true };
  const rest = remoteIntrospection({
    ...shared,
    endpoint: `${server.origin}/introspect`,
    clientId: 'api',
    clientSecret: 'secret',
    idPrefix: 'rest:',
  });
  const foreign = (name: string) =>
    foreignJwt({
      ...shared,
      issuer: `https://${name}.test`,
      jwksUri: `${server.origin}/${name}`,
      idPrefix: `${name}:`,
    });
  const setup = testSetup();
  const strategy = strategyOf(bearer({ tokens: [rest, opaque, own, foreign('one'), foreign('two')] }), setup);
  const judge = async (token: string): Promise<string> => {
    try {
      const principal = await strategy.authenticate({
        head: head({ authorization: `Bearer ${token}` }),
        now: start,
        services: setup.services,
      });
      return principal !== undefined && 'id' in principal ? `${principal.kind} ${principal.id}` : 'none';
    } catch (error) {
      if (error instanceof SallyportError) return error.code;
      throw error;
    }
  };
  const grant = { client, scopes: client.scopes, now: start };
  const issued = {
    own: (await own.connect(setup).issue(grant)).token,
    opaque: (await opaque.connect(setup).issue(grant)).token,
  };
  return { server, judge, issued };
}

describe('several kinds of token on one API', () => {
  it('each goes to the one whose it is', async () => {
    const { judge, issued } = await arrange();
    expect(await judge(issued.own)).toBe('client client-one');
    expect(await judge(issued.opaque)).toBe('client client-one');
    expect(await judge(signJwt({ ...userClaims, iss: 'https://one.test' }))).toBe('user one:f5f1-ada');
    expect(await judge(signJwt({ ...userClaims, iss: 'https://two.test' }, {}, otherKey.privateKey))).toBe(
      'user two:f5f1-ada',
    );
    expect(await judge('whatever')).toBe('user rest:zoe');
  });

  it('and to nobody else after a failure', async () => {
    const { judge, server, issued } = await arrange();
    // Signed by the other server, and by none that our own tokens are signed by.
    expect(await judge(signJwt({ ...userClaims, iss: 'https://one.test' }, {}, otherKey.privateKey))).toBe(
      'invalid_token',
    );
    expect(await judge(signJwt({ ...userClaims, iss: 'https://two.test' }))).toBe('invalid_token');
    expect(await judge(signJwt({ ...userClaims, iss: 'https://own.test' }))).toBe('invalid_token');
    expect(await judge(`${issued.own}x`)).toBe('invalid_token');
    // No token of ours, good or bad, has left the house.
    expect(server.count('/introspect')).toBe(0);
  });

  it('and the trouble of one server is none of the others', async () => {
    const { judge, server, issued } = await arrange();
    server.answer('/one', status(500));
    expect(await judge(signJwt({ ...userClaims, iss: 'https://one.test' }))).toBe('unavailable');
    expect(await judge(signJwt({ ...userClaims, iss: 'https://two.test' }, {}, otherKey.privateKey))).toBe(
      'user two:f5f1-ada',
    );
    expect(await judge(issued.own)).toBe('client client-one');
  });
});

describe('stops the start', () => {
  const issuer = 'https://one.test';
  const foreign = (change: object = {}) => foreignJwt({ issuer, audience, scopes: [], idPrefix: 'a:', ...change });
  const rest = (change: object = {}) =>
    remoteIntrospection({
      endpoint: 'https://one.test/introspect',
      clientId: 'api',
      clientSecret: 'secret',
      audience,
      scopes: [],
      idPrefix: 'b:',
      ...change,
    });
  const own = () => opaqueTokens({ store: createMemoryTokenStore(), clients: createMemoryClientStore([client]) });
  const starting =
    (...tokens: Parameters<typeof bearer>[0]['tokens']) =>
    () =>
      strategyOf(bearer({ tokens }), testSetup());

  it('for two that would be taken for each other', () => {
    expect(starting(foreign(), foreign())).toThrow(ConfigurationError);
    expect(starting(foreign(), rest({ issuer }))).toThrow('bearer.tokens: two kinds of token are of one issuer');
    const jwt = jwtTokens({
      algorithm: 'HS256',
      key: signingSecret,
      issuer,
      clients: createMemoryClientStore([client]),
    });
    expect(starting(jwt, foreign())).toThrow(ConfigurationError);
    expect(starting(rest(), rest())).toThrow(ConfigurationError);
    expect(starting(foreign(), rest(), rest({ tokenPrefix: 'x_' }), own())).not.toThrow();
  });

  it('for ids that could be those of clients of ours', () => {
    expect(starting(own(), foreign({ idPrefix: undefined }))).toThrow(ConfigurationError);
    expect(starting(own(), rest({ idPrefix: undefined }))).toThrow(ConfigurationError);
    expect(starting(foreign({ idPrefix: undefined }))).not.toThrow();
    expect(starting(own(), foreign({ idPrefix: '' }))).not.toThrow();
  });
});
