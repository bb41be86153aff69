import { describe, expect, it } from 'vitest';
import { testSetup } from '../../../test-support/calls.ts';
import type { ForeignCaller, ForeignCallerOptions } from '../../index.ts';
import { foreignCallers } from './foreign-caller.ts';

const told = (claims: object, options: Partial<ForeignCallerOptions> = {}): unknown => {
  try {
    const callers = foreignCallers('test', { scopes: ['tag:search', 'tag:create'], ...options }, testSetup().services);
    const { kind, id, scopes, attributes } = callers.callerOf({ iss: 'https://a.test', ...claims });
    return [kind, id, [...scopes], attributes];
  } catch (error) {
    return (error as { kind?: string }).kind ?? error;
  }
};
const attributes = { issuer: 'https://a.test' };

describe('whom a token stands for', () => {
  it.each([
    ['a user', { sub: 'u1', azp: 'web' }, ['user', 'u1']],
    ['a user without a client', { sub: 'u1' }, ['user', 'u1']],
    ['a client by RFC 9068', { sub: 'svc', client_id: 'svc' }, ['client', 'svc']],
    ['a client of Keycloak that is its own subject', { sub: 'svc', azp: 'svc' }, ['client', 'svc']],
    ['a client of Auth0', { sub: 'svc@clients', azp: 'svc', gty: 'client-credentials' }, ['client', 'svc']],
    ['a client of Entra', { sub: 'oid', azp: 'app-1', idtyp: 'app' }, ['client', 'app-1']],
    ['a client of Entra, first version', { sub: 'oid', appid: 'app-1', idtyp: 'app' }, ['client', 'app-1']],
    ['a user who came by another grant', { sub: 'u1', azp: 'web', gty: 'password' }, ['user', 'u1']],
  ])('%s', (_name, claims, [kind, id]) => {
    expect(told(claims)).toEqual([kind, id, [], attributes]);
  });

  it.each([
    ['nobody', {}, 'token_client_missing'],
    ['no text', { sub: 7 }, 'token_invalid'],
    ['an empty name', { sub: '' }, 'token_invalid'],
    ['a name of 256 characters', { sub: 'x'.repeat(256) }, 'token_invalid'],
    ['a client that is no text', { sub: 'x', client_id: ['x'], gty: 'client-credentials' }, 'token_invalid'],
  ])('%s is refused', (_name, claims, fault) => {
    expect(told(claims)).toBe(fault);
  });

  it('keeps ids of another server apart', () => {
    expect(told({ sub: 'admin' }, { idPrefix: 'kc:' })).toEqual(['user', 'kc:admin', [], attributes]);
    expect(told({ sub: 'x'.repeat(253) }, { idPrefix: 'kc:' })).toBe('token_invalid');
    expect(told({ sub: '' }, { idPrefix: 'kc:' })).toBe('token_invalid');
  });

  it('is what a function says, within its bounds', () => {
    const by = (answer: unknown) => told({ sub: 'u1', tenant: 't' }, { principal: () => answer as ForeignCaller });
    expect(
      told(
        { sub: 'u1', tenant: 't' },
        { principal: ({ sub, tenant }) => ({ kind: 'user', id: `${sub}`, attributes: { tenant } }) },
      ),
    ).toEqual(['user', 'u1', [], { tenant: 't' }]);
    expect(by({ kind: 'client', id: 'c', scopes: ['tag:search', 'root'] })).toEqual([
      'client',
      'c',
      ['tag:search'],
      attributes,
    ]);
    expect(by(undefined)).toBe('token_client_missing');
    for (const answer of [{ kind: 'system', id: 'x' }, { kind: 'anonymous' }, { id: 'x' }, { kind: 'user' }, {}]) {
      expect(by(answer)).toBe('token_invalid');
    }
  });
});

describe('what it may do', () => {
  it('is what is listed, wherever it stands', () => {
    const scopesOf = (claims: object, options: Partial<ForeignCallerOptions> = {}) =>
      (told({ sub: 'u', ...claims }, options) as readonly unknown[])[2];
    expect(scopesOf({ scope: 'openid tag:search tag:delete' })).toEqual(['tag:search']);
    expect(scopesOf({ scp: 'tag:create' })).toEqual(['tag:create']);
    expect(scopesOf({ scp: ['tag:create', 'x'], scope: 'tag:search', roles: ['tag:search'] })).toEqual([
      'tag:search',
      'tag:create',
    ]);
    expect(scopesOf({ roles: ['tag:search'] }, { scopeClaims: ['scope'] })).toEqual([]);
    expect(scopesOf({ scope: '' })).toEqual([]);
    expect(scopesOf({ permissions: ['tag:search'] })).toEqual([]);
    // A wildcard of theirs is a name like any other.
    expect(scopesOf({ scope: '* all tag:* TAG:SEARCH' })).toEqual([]);
  });

  it('is translated, and roles of Keycloak are found by a path', () => {
    const options: Partial<ForeignCallerOptions> = {
      scopes: { 'tag-editor': ['tag:search', 'tag:create'], reader: 'tag:search' },
      scopeClaims: [
        ['realm_access', 'roles'],
        ['resource_access', 'api', 'roles'],
      ],
    };
    const claims = { sub: 'u', scope: 'tag:create', realm_access: { roles: ['reader', 'offline_access'] } };
    expect(told(claims, options)).toEqual(['user', 'u', ['tag:search'], attributes]);
    const more = { ...claims, resource_access: { api: { roles: ['tag-editor'] } } };
    expect(told(more, options)).toEqual(['user', 'u', ['tag:search', 'tag:create'], attributes]);
    expect(told({ sub: 'u', realm_access: 'reader' }, options)).toEqual(['user', 'u', [], attributes]);
    expect(told({ sub: 'u', realm_access: { roles: [1] } }, options)).toBe('token_invalid');
  });

  it('does not follow names of prototypes', () => {
    const options: Partial<ForeignCallerOptions> = {
      scopes: { constructor: 'tag:search' },
      scopeClaims: ['constructor', 'scope'],
    };
    expect(told({ sub: 'u' }, options)).toEqual(['user', 'u', [], attributes]);
    expect(told({ sub: 'u', scope: 'toString __proto__' }, options)).toEqual(['user', 'u', [], attributes]);
  });
});
