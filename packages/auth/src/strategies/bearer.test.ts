import { ConfigurationError, SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { head, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { strategyOf } from '../../test-support/strategies.ts';
import {
  type BearerOptions,
  bearer,
  bearerStrategy,
  createMemoryClientStore,
  createMemoryTokenStore,
  jwtTokens,
  opaqueTokens,
} from '../index.ts';

const { client } = testClient(testHasher());

async function arrange(change: Partial<BearerOptions> = {}) {
  const clients = createMemoryClientStore([client]);
  const opaque = opaqueTokens({ store: createMemoryTokenStore(), clients });
  const jwt = jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'tests', clients });
  const setup = testSetup();
  const strategy = strategyOf(bearer({ tokens: [opaque, jwt], ...change }), setup);
  const grant = { client, scopes: ['partner:read'], now: start };
  const tokens = {
    opaque: (await opaque.connect(setup).issue(grant)).token,
    jwt: (await jwt.connect(setup).issue(grant)).token,
  };
  const ask = async (authorization?: string, now = start) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    return strategy.authenticate({ head: head(headers), now, services: setup.services });
  };
  /** Code, status and challenge of the refusal, or `none`, or the caller. */
  const told = async (authorization?: string, now = start): Promise<unknown> => {
    try {
      const principal = await ask(authorization, now);
      return principal === undefined ? 'none' : principal.kind === 'client' && principal.id;
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      return [error.code, error.status, error.headers['WWW-Authenticate']];
    }
  };
  return { strategy, tokens, ask, told, clients };
}

const invalid = ['invalid_token', 401, 'Bearer realm="test", error="invalid_token"'];
const malformed = ['malformed_request', 400, 'Bearer realm="test", error="invalid_request"'];

it('takes several kinds of token and makes a principal of the client', async () => {
  const { tokens, ask } = await arrange();
  for (const token of [tokens.opaque, tokens.jwt]) {
    const principal = await ask(`Bearer ${token}`);
    expect(principal).toEqual({
      kind: 'client',
      id: client.clientId,
      scopes: new Set(['partner:read']),
      strategy: 'auth.bearer',
      attributes: client.attributes,
    });
    expect(Object.isFrozen(principal)).toBe(true);
    // The same one again: nothing is built for a token that is known.
    expect(await ask(`Bearer ${token}`)).toBe(principal);
  }
});

it('R19: leaves requests without credentials of its kind to the core, whose challenge has no error', async () => {
  const { strategy, told } = await arrange();
  expect(strategy.challenge).toBe('Bearer realm="test"');
  for (const header of [undefined, '', '  ', 'Basic YTpi', 'Bearerx', 'DPoP x'])
    expect(await told(header)).toBe('none');
});

describe('R20, R23: the header', () => {
  it('takes the scheme in any case, and one space', async () => {
    const { told, tokens } = await arrange();
    expect(await told(`bearer ${tokens.opaque}`)).toBe(client.clientId);
    expect(await told(`BEARER ${tokens.jwt}`)).toBe(client.clientId);
    for (const header of [
      'Bearer',
      `Bearer  ${tokens.opaque}`,
      `Bearer\t${tokens.opaque}`,
      `Bearer ${tokens.opaque}, Bearer ${tokens.opaque}`,
      `Bearer ${tokens.opaque} x`,
      `Bearer,${tokens.opaque}`,
      'Bearer a"b',
      'Bearer é',
      'Bearer =',
    ]) {
      expect([header, await told(header)]).toEqual([header, malformed]);
    }
  });

  it('wants the scheme', async () => {
    const { told, tokens } = await arrange();
    expect(await told(tokens.opaque)).toBe('none');
    expect(await told(tokens.jwt)).toBe('none');
  });

  it('refuses what is no token of ours, or too long to be one (R45)', async () => {
    const { told, tokens } = await arrange();
    for (const token of ['x', 'spt_', `${tokens.opaque}x`, `${tokens.opaque}=`, 'a.b', 'a.b.c', 'a.b.c.d', '..']) {
      expect([token, await told(`Bearer ${token}`)]).toEqual([token, invalid]);
    }
    expect(await told(`Bearer ${'a'.repeat(4000)}.${'b'.repeat(4000)}.${'c'.repeat(4000)}`)).toEqual(invalid);
  });
});

it('tells whether a request carries a token, good or bad, without judging it', async () => {
  const { strategy, tokens } = await arrange();
  const carries = (authorization: string) => strategy.carries?.(head({ authorization }));
  for (const header of [`Bearer ${tokens.jwt}`, 'bearer x', 'Bearer', 'Bearer  x', 'Bearer,x']) {
    expect([header, carries(header)]).toEqual([header, true]);
  }
  for (const header of ['', ' ', 'Basic YTpi', 'Bearerx', tokens.jwt])
    expect([header, carries(header)]).toEqual([header, false]);
  const raw = (await arrange({ schemeless: true })).strategy;
  const carriesRaw = (authorization: string) => raw.carries?.(head({ authorization }));
  for (const header of [tokens.jwt, `Bearer ${tokens.jwt}`]) expect(carriesRaw(header)).toBe(true);
  for (const header of ['', 'Bearer', 'Bearer ', 'Basic YTpi']) expect(carriesRaw(header)).toBe(false);
});

it('tells a disabled client no more than that the token does not hold', async () => {
  const { told, tokens, clients } = await arrange();
  expect(await told(`Bearer ${tokens.opaque}`)).toBe(client.clientId);
  clients.set({ ...client, active: false });
  expect(await told(`Bearer ${tokens.opaque}`)).toEqual(invalid);
  expect(await told(`Bearer ${tokens.jwt}`)).toEqual(invalid);
});

describe('as OpenSPP takes tokens (3.3)', () => {
  const options = {
    schemeless: true,
    realm: false,
    faults: (fault: { kind: string }) =>
      new SallyportError(fault.kind, { status: fault.kind === 'key_unusable' ? 500 : 401 }),
  } as const;

  it('takes the raw token, and an empty header for none', async () => {
    const { told, tokens, strategy } = await arrange(options);
    expect(strategy.challenge).toBe('Bearer');
    expect(await told(tokens.jwt)).toBe(client.clientId);
    expect(await told(`Bearer ${tokens.jwt}`)).toBe(client.clientId);
    expect(await told(`Bearer  ${tokens.jwt}`)).toBe(client.clientId);
    for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi']) expect(await told(header)).toBe('none');
  });

  it('names the faults, and adds the challenge', async () => {
    const { told, tokens, clients } = await arrange(options);
    const challenge = 'Bearer error="invalid_token"';
    expect(await told('x.y.z')).toEqual(['token_invalid', 401, challenge]);
    expect(await told(`Bearer ${tokens.jwt}`, new Date(+start + 700_000))).toEqual(['token_expired', 401, challenge]);
    clients.delete(client.clientId);
    expect(await told(`Bearer ${tokens.jwt}`)).toEqual(['client_unknown', 401, challenge]);
  });
});

it('answers 500 when the key is unusable and the API was to start all the same', async () => {
  const clients = createMemoryClientStore([client]);
  const jwt = jwtTokens({
    algorithm: 'HS256',
    key: undefined,
    issuer: 'tests',
    clients,
    whenKeyUnusable: 'fail-calls',
  });
  const { told } = await arrange({ tokens: [jwt] });
  expect(await told('Bearer a.b.c')).toEqual(['internal', 500, undefined]);
});

it.each([
  [[], 'bearer.tokens: '],
  [undefined, 'bearer.tokens: '],
  [opaqueTokens(), 'bearer.tokens: '],
  [[jwtTokens, undefined], 'bearer.tokens[0]: '],
  [[{ name: 'tickets' }], 'bearer.tokens[0]: '],
])('stops the start where no kinds of token are listed (%#)', (tokens, place) => {
  const start = () => strategyOf(bearer({ tokens } as unknown as BearerOptions), testSetup());
  expect(start).toThrow(ConfigurationError);
  expect(start).toThrow(place);
  expect(() => bearerStrategy({}, [])).toThrow('bearer.tokens: ');
});

it('passes on that a store is down', async () => {
  const store = { ...createMemoryTokenStore(), find: () => Promise.reject(new Error('down')) };
  const { told } = await arrange({ tokens: [opaqueTokens({ store, clients: createMemoryClientStore([client]) })] });
  const { tokens } = await arrange();
  expect(await told(`Bearer ${tokens.opaque}`)).toEqual(['unavailable', 503, undefined]);
});
