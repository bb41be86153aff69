import { LoggerService, SallyportError } from '@sallyport/core';
import { memoryLogger } from '@sallyport/core/testing';
import { describe, expect, it } from 'vitest';
import { head, later, start, testSetup } from '../../test-support/calls.ts';
import { testClient, testHasher } from '../../test-support/clients.ts';
import { foreignServer, json } from '../../test-support/foreign-server.ts';
import { at, audience, foreignKeys, otherKey, signJwt, userClaims } from '../../test-support/foreign-tokens.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import { unknownToken } from '../../test-support/tokens.ts';
import {
  BearerFault,
  bearer,
  bearerStrategy,
  type CallerVerifier,
  createMemoryClientStore,
  createMemoryTokenStore,
  foreignJwt,
  opaqueTokens,
  type RefusalReason,
  refusalReasons,
  remoteIntrospection,
} from '../index.ts';

const { client } = testClient(testHasher());
const issuer = 'https://keycloak.test';
const active = { ...userClaims, active: true };

/** Own tokens, and those of a server with keys and of one that must be asked; and what the log was told. */
async function arrange() {
  const server = await foreignServer();
  server.answer('/keys', foreignKeys);
  const setup = testSetup();
  const logger = memoryLogger();
  setup.services.register(LoggerService, () => logger);
  const shared = { audience, scopes: ['tag:search'], allowHttp: true };
  const keycloak = foreignJwt({
    ...shared,
    name: 'keycloak',
    issuer,
    jwksUri: `${server.origin}/keys`,
    algorithms: ['RS256', 'RS512'],
    idPrefix: 'kc:',
    revoked: ({ jti }) => jti === 'ended',
  });
  const hydra = remoteIntrospection({
    ...shared,
    name: 'hydra',
    endpoint: `${server.origin}/introspect`,
    clientId: 'api',
    clientSecret: 'secret',
    issuer: 'https://hydra.test',
    tokenPrefix: 'ory_at_',
    idPrefix: 'hydra:',
  });
  const clients = createMemoryClientStore([client]);
  const own = opaqueTokens({ store: createMemoryTokenStore(), clients });
  const strategy = strategyOf(bearer({ tokens: [own, keycloak, hydra] }), setup);
  /** Whether the call was let in, or the code and the challenge of the refusal. */
  const judge = async (token: string, now = start): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` };
    try {
      await strategy.authenticate({ head: head(headers), now, services: setup.services });
      return 'in';
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      return `${error.code}: ${error.detail} ${error.headers['WWW-Authenticate']}`;
    }
  };
  const told = () => logger.lines.map(({ fields }) => fields.auth);
  return { judge, told, logger, server };
}

const refused = (detail: string) => `invalid_token: ${detail} Bearer realm="test", error="invalid_token"`;
const invalid = refused(new SallyportError('invalid_token').detail);
const answers: Partial<Record<RefusalReason, string>> = { expired: refused('The token has expired.') };

const claims = { ...userClaims, iss: issuer };
const jwts: readonly (readonly [RefusalReason, string])[] = [
  ['malformed', `${signJwt(claims)}=`],
  ['malformed', signJwt(JSON.stringify(claims).replace('{', `{"iss":"${issuer}",`))],
  ['algorithm', signJwt(claims, { alg: 'RS384' })],
  ['algorithm', signJwt(claims, { alg: 'RS512' })],
  ['extension', signJwt(claims, { crit: ['exp'] })],
  ['type', signJwt(claims, { typ: 'JWT' })],
  ['type', signJwt({ ...claims, token_use: 'id' })],
  ['bound', signJwt({ ...claims, cnf: { jkt: 'x' } })],
  ['audience', signJwt({ ...claims, aud: 'other' })],
  ['claims', signJwt({ ...claims, exp: undefined })],
  ['claims', signJwt({ ...claims, exp: '1' })],
  ['claims', signJwt({ ...claims, sub: undefined })],
  ['claims', signJwt({ ...claims, scope: 7 })],
  ['not_yet_valid', signJwt({ ...claims, nbf: at + 60 })],
  ['lifetime', signJwt({ ...claims, exp: at + 3601 })],
  ['key_unknown', signJwt(claims, { kid: 'k2' })],
  ['key_unknown', signJwt(claims, { kid: 7 })],
  ['signature', signJwt(claims, {}, otherKey.privateKey)],
  ['expired', signJwt({ ...claims, iat: at - 600, exp: at - 300 })],
  ['revoked', signJwt({ ...claims, jti: 'ended' })],
];

const answered: readonly (readonly [RefusalReason, object])[] = [
  ['inactive', { active: false }],
  ['issuer', { ...active, iss: 'https://other.test' }],
  ['audience', { ...active, aud: 'other' }],
  ['type', { ...active, token_type: 'DPoP' }],
  ['type', { ...active, token_use: 'refresh_token' }],
  ['bound', { ...active, cnf: {} }],
  ['not_yet_valid', { ...active, nbf: at + 60 }],
  ['claims', { ...active, exp: 'never' }],
  ['expired', { ...active, exp: at }],
  ['caller', { ...active, sub: undefined }],
];

const nobodys: readonly (readonly [RefusalReason, string])[] = [
  ['issuer', signJwt({ ...claims, iss: `${issuer}/` })],
  ['unrecognised', 'whatever'],
  ['unrecognised', signJwt({ ...claims, iss: undefined })],
  ['malformed', 'x'.repeat(8193)],
];

const line = (reason: RefusalReason, tokens?: string) => ({
  strategy: 'auth.bearer',
  ...(tokens === undefined ? {} : { tokens }),
  reason,
  network: '192.0.2.7',
});

describe('why a token of another server was refused', () => {
  it.each(jwts)('%s, of a JWT (%#)', async (reason, token) => {
    const { judge, told } = await arrange();
    expect(await judge(token)).toBe(answers[reason] ?? invalid);
    expect(told()).toEqual([line(reason, 'keycloak')]);
  });

  it.each(answered)(
    '%s, of a token that was asked about (%#), and again while that is remembered',
    async (reason, answer) => {
      const { judge, told, server } = await arrange();
      server.answer('/introspect', json(answer));
      expect(await judge('ory_at_hush')).toBe(answers[reason] ?? invalid);
      expect(await judge('ory_at_hush', later(1))).toBe(invalid);
      expect(told()).toEqual([line(reason, 'hydra'), line(reason, 'hydra')]);
      expect(server.count('/introspect')).toBe(1);
    },
  );

  it.each(nobodys)('%s, of one that nobody knows (%#)', async (reason, token) => {
    const { judge, told } = await arrange();
    expect(await judge(token)).toBe(invalid);
    expect(told()).toEqual([line(reason)]);
  });

  it('knows no other reason than these', () => {
    const tested = new Set([...jwts, ...answered, ...nobodys].map(([reason]) => reason));
    expect([...tested].sort()).toEqual([...refusalReasons].sort());
  });

  it('is told of a remembered token too, when its key is withdrawn or its time is over', async () => {
    const { judge, told, server } = await arrange();
    const token = signJwt(claims);
    expect([await judge(token), await judge(token, later(305))]).toEqual(['in', answers.expired]);
    server.answer('/keys', json({ keys: [] }));
    const long = signJwt({ ...claims, exp: at + 3600 });
    expect([await judge(long), await judge(long, later(600))]).toEqual(['in', invalid]);
    expect(told()).toEqual([line('expired', 'keycloak'), line('key_unknown', 'keycloak')]);
  });

  it('is told ten times a minute, and then how often it was left out', async () => {
    const { judge, told } = await arrange();
    for (let turn = 0; turn < 25; turn += 1) await judge(signJwt({ ...claims, aud: `other-${turn}` }));
    expect(told()).toEqual(Array(10).fill(line('audience', 'keycloak')));
    // Another reason is not drowned.
    await judge(signJwt(claims, { kid: 'k2' }));
    await judge(signJwt({ ...claims, aud: 'other' }), later(60));
    expect(told().slice(10)).toEqual([
      line('key_unknown', 'keycloak'),
      { ...line('audience', 'keycloak'), leftOut: 15 },
    ]);
  });
});

it('tells nothing of tokens that hold, of our own, of headers that cannot be read, and of a server that is away', async () => {
  const { judge, told, server } = await arrange();
  server.answer('/introspect', json(active));
  expect([await judge(signJwt(claims)), await judge('ory_at_ada')]).toEqual(['in', 'in']);
  expect(await judge(unknownToken)).toBe(invalid);
  expect(await judge('a b')).toContain('malformed_request');
  server.answer('/introspect', (response) => void response.writeHead(500).end());
  expect(await judge('ory_at_bob')).toContain('unavailable');
  expect(told()).toEqual([]);
});

it('tells the kind of the fault where a verifier of another make gives no reason, and asks for no log', async () => {
  const verifier: CallerVerifier = {
    name: 'tickets',
    knows: 'rest',
    idsApart: true,
    recognises: () => true,
    verify() {
      throw new BearerFault('token_expired');
    },
  };
  const strategy = bearerStrategy({ name: 'tickets.bearer', realm: 'test' }, [verifier]);
  const logger = memoryLogger();
  const setup = testSetup();
  const ask = () =>
    Promise.resolve()
      .then(() =>
        strategy.authenticate({ head: head({ authorization: 'Bearer t' }), now: start, services: setup.services }),
      )
      .catch((error: unknown) => (error as SallyportError).code);
  expect(await ask()).toBe('invalid_token');
  setup.services.register(LoggerService, () => logger);
  expect(await ask()).toBe('invalid_token');
  expect(logger.lines).toEqual([
    {
      level: 'info',
      message: 'a token was refused',
      fields: {
        auth: { strategy: 'tickets.bearer', tokens: 'tickets', reason: 'token_expired', network: '192.0.2.7' },
      },
    },
  ]);
});
