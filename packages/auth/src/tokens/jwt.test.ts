import { ConfigurationError } from '@sallyport/core';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { signingSecret } from '../../test-support/clients.ts';
import { arrange, claims, client, header, now, second, sign } from '../../test-support/jwt.ts';
import type { JwtTokenOptions } from './jwt-options.ts';
import { createMemoryRevocations } from './revocation.ts';

describe('issuing', () => {
  it('R42: makes access tokens by RFC 9068', async () => {
    const token = await arrange().issue();
    expect(decodeProtectedHeader(token)).toEqual(header);
    expect(decodeJwt(token)).toEqual({
      ...claims,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      scope: 'partner:read partner:create',
    });
    expect(await arrange().judge(token)).toBe(client.clientId);
  });

  it('makes those of OpenSPP (3.2)', async () => {
    const { service, judge } = arrange({
      issuer: 'openspp-api-v2',
      audience: 'openspp',
      typ: 'JWT',
      scopeClaim: 'scopes',
      scopesFrom: 'client',
      epoch: false,
      lifetimeSeconds: 86_400,
      maxLifetimeSeconds: 86_400,
      requireClaims: ['exp'],
    });
    const { token, expiresInSeconds } = await service.issue({ client, scopes: ['individual:read'], now: start });
    expect(expiresInSeconds).toBe(86_400);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const { jti: _, ...rest } = decodeJwt(token);
    expect(rest).toEqual({
      iss: 'openspp-api-v2',
      aud: 'openspp',
      sub: client.clientId,
      client_id: client.clientId,
      scopes: ['individual:read'],
      iat: now,
      exp: now + 86_400,
    });
    expect([...(await service.verify(token, start)).scopes]).toEqual(client.scopes);
    const bare = { iss: 'openspp-api-v2', aud: 'openspp', client_id: client.clientId, exp: now + 60 };
    expect(await judge(await sign(bare, { typ: undefined }))).toBe(client.clientId);
    expect(await judge(await sign({ ...bare, client_id: undefined }, { typ: 'JWT' }))).toBe('token_client_missing');
    expect(await judge(await sign({ ...bare, exp: now - 60 }, { typ: 'JWT' }))).toBe('token_expired');
    expect(await judge(await sign({ ...bare, exp: now + 90_000 }, { typ: 'JWT' }))).toBe('token_invalid');
  });

  it.each(['HS384', 'HS512'] as const)('signs with %s, and takes no other', async (algorithm) => {
    const { issue, judge } = arrange({ algorithm });
    const token = await issue();
    expect(decodeProtectedHeader(token).alg).toBe(algorithm);
    expect(await judge(token)).toBe(client.clientId);
    expect(await judge(await arrange().issue())).toBe('token_invalid');
    expect(await arrange().judge(token)).toBe('token_invalid');
  });
});

describe('time', () => {
  it('forgives a difference of clocks, and no more, from the cache too', async () => {
    const { judge, issue } = arrange({ clockToleranceSeconds: 5 });
    const token = await issue();
    expect(await judge(token, later(604))).toBe(client.clientId);
    expect(await judge(token, later(605))).toBe('token_expired');
    const { judge: fresh } = arrange({ clockToleranceSeconds: 5 });
    expect(await fresh(token, later(605))).toBe('token_expired');
    expect(await fresh(token, later(-4))).toBe(client.clientId);
    expect(await arrange().judge(token, later(-6))).toBe('token_invalid');
  });
});

describe('keys', () => {
  it('rotate: the first signs, all verify, each by its own id', async () => {
    const before = arrange({ key: [{ kid: 'a', secret: signingSecret }] });
    const after = arrange({
      key: [
        { kid: 'b', secret: second },
        { kid: 'a', secret: signingSecret },
      ],
    });
    const [old, young] = [await before.issue(), await after.issue()];
    expect(decodeProtectedHeader(young).kid).toBe('b');
    expect([await after.judge(old), await after.judge(young), await before.judge(young)]).toEqual([
      client.clientId,
      client.clientId,
      'token_invalid',
    ]);
    expect(await after.judge(await sign(claims, { kid: 'b' }))).toBe('token_invalid');
  });

  it.each([
    ['a short one', 'short'],
    ['a regular one', 'a'.repeat(64)],
    ['none', undefined],
    ['an empty list', []],
    ['two without an id', [{ secret: signingSecret }, { secret: second }]],
    [
      'a weak one among good ones',
      [
        { kid: 'a', secret: signingSecret },
        { kid: 'b', secret: 'x' },
      ],
    ],
  ])('R44: %s stops the start', async (_, bad) => {
    expect(() => arrange({ key: bad })).toThrow(ConfigurationError);
    const started = arrange({ key: bad, whenKeyUnusable: 'fail-calls' });
    expect(await started.judge(await sign(claims))).toBe('key_unusable');
    await expect(started.issue()).rejects.toMatchObject({ kind: 'key_unusable' });
  });

  it.each([
    { lifetimeSeconds: 7200 },
    { clockToleranceSeconds: 31 },
    { clientCacheSeconds: 6 },
    { issuer: '' },
    { issuer: undefined },
    { audience: '' },
    { audience: undefined },
    { audience: ['api'] },
    { typ: 'jwt' },
    { requireClaims: 'exp' },
    { requireClaims: [undefined] },
  ])('refuses %o at the start, and names the option', (change) => {
    const options = change as unknown as Partial<JwtTokenOptions>;
    expect(() => arrange(options)).toThrow(ConfigurationError);
    expect(() => arrange(options)).toThrow(new RegExp(`^jwtTokens\\.${Object.keys(change)[0]}: `));
  });
});

describe('the client behind a token', () => {
  it('is looked up at each use, and its state decides', async () => {
    const { judge, issue, clients, service } = arrange();
    const find = vi.spyOn(clients, 'find');
    const token = await issue();
    await judge(token);
    await judge(token);
    expect(find).toHaveBeenCalledTimes(2);
    clients.set({ ...client, scopes: ['partner:read', 'partner:delete'] });
    expect([...(await service.verify(token, start)).scopes]).toEqual(['partner:read']);
    clients.set({ ...client, expiresAt: later(10) });
    expect([await judge(token, later(9)), await judge(token, later(10))]).toEqual([client.clientId, 'client_unknown']);
    clients.set({ ...client, active: false });
    expect(await judge(token)).toBe('client_unknown');
    clients.delete(client.clientId);
    expect(await judge(token)).toBe('client_unknown');
    find.mockRejectedValue(new Error('down'));
    expect(await judge(token)).toBe('unavailable');
  });

  it('B-045, B-046: gives what the client holds now, where that is wanted', async () => {
    const { issue, clients, service } = arrange({ scopesFrom: 'client', epoch: false });
    const token = await issue();
    clients.set({ ...client, scopes: ['new:read'], epoch: 99 });
    expect([...(await service.verify(token, start)).scopes]).toEqual(['new:read']);
  });
});

describe('revocation', () => {
  it('holds at once, for the one token, in every spelling', async () => {
    const { judge, issue, service } = arrange();
    const [one, other] = [await issue(), await issue()];
    await judge(one);
    await service.revoke(one, start);
    expect([await judge(one), await judge(other)]).toEqual(['token_invalid', client.clientId]);
    await service.revoke('not a token', start);
  });

  it('fails closed', async () => {
    const revocations = { ...createMemoryRevocations(), isRevoked: () => Promise.reject(new Error('down')) };
    const { judge, issue } = arrange({ revocations });
    expect(await judge(await issue())).toBe('unavailable');
    const unwritable = { isRevoked: () => false, revoke: () => Promise.reject(new Error('down')) };
    const broken = arrange({ revocations: unwritable });
    await expect(broken.service.revoke(await broken.issue(), start)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is asked at each use, also where it takes time', async () => {
    let revoked = false;
    const { judge, issue } = arrange({ revocations: { isRevoked: async () => revoked, revoke() {} } });
    const token = await issue();
    expect(await judge(token)).toBe(client.clientId);
    revoked = true;
    expect(await judge(token)).toBe('token_invalid');
  });

  it('forgets what has expired', async () => {
    const revocations = createMemoryRevocations();
    for (let index = 0; index < 3000; index += 1) await revocations.revoke(`j${index}`, later(index), later(index));
    expect(revocations.isRevoked('j0', start)).toBe(false);
    expect(revocations.isRevoked('j2999', start)).toBe(true);
  });
});
