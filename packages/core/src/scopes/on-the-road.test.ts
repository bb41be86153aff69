import { describe, expect, it } from 'vitest';
import type { ResourceDescriptor } from '../descriptor/index.ts';
import { ConfigurationError } from '../errors/index.ts';
import { overOneNote, route } from '../road/fixtures/probe.ts';
import { call, hostileResource, tokenStrategy } from '../testing/index.ts';
import { allOf, anyOf, defineScopes, type Scope } from './index.ts';

const started = overOneNote();
const as = (name: string) => ({ headers: { authorization: `Bearer ${name}` } });
const callers = tokenStrategy({
  creator: { scopes: ['group:create'] },
  both: { scopes: ['group:create', 'group:update'] },
  poor: { scopes: [] },
});
const ok = () => ({ kind: 'value' as const, status: 200, value: {} });
const probing = (scope: Scope, more: object = {}) =>
  started({ auth: [callers], plugins: [route({ scope, handle: ok })], ...more });

describe('a refusal', () => {
  it('B-060: asks for all of the scopes that are needed together, and says which are lacking', async () => {
    const api = await probing(allOf('group:create', 'group:update'));
    expect((await call(api, 'GET', '/api/probe', as('both'))).status).toBe(200);
    const half = await call(api, 'GET', '/api/probe', as('creator'));
    expect(half.status).toBe(403);
    expect(half.headers['www-authenticate']).toBe(
      'Bearer realm="test", error="insufficient_scope", scope="group:create group:update"',
    );
    expect(half.body).toMatchObject({
      detail: 'This needs the scopes group:create and group:update; group:update is lacking.',
    });
    const none = await call(api, 'GET', '/api/probe', as('poor'));
    expect(none.body).toMatchObject({ detail: 'This needs the scopes group:create and group:update.' });
  });

  it('R20: asks for one of those that are enough, and not for all of them', async () => {
    const api = await probing(anyOf('first', 'second', allOf('third', 'group:create')));
    const refused = await call(api, 'GET', '/api/probe', as('creator'));
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="test", error="insufficient_scope", scope="first"');
    expect(refused.body).toMatchObject({ detail: 'This needs the scope first.' });
  });

  it('tells wordings what was asked for and what is lacking', async () => {
    const api = await probing(allOf('group:create', 'group:update'), {
      errors: {
        insufficient_scope: ({ facts }: { facts: Record<string, unknown> }) => ({
          detail: `asked ${facts.scope}, lacking ${facts.lacking}`,
        }),
      },
    });
    const { body } = await call(api, 'GET', '/api/probe', as('creator'));
    expect(body).toMatchObject({ detail: 'asked group:create group:update, lacking group:update' });
  });
});

const notes = (options: Partial<ResourceDescriptor>): ResourceDescriptor => ({ ...hostileResource, ...options });

describe('an API with a vocabulary', () => {
  const scopes = defineScopes({ others: ['admin'], aliases: { reader: ['note:read', 'note:search'] } });
  const { scope: _scope, ...open } = hostileResource;
  const resources = [{ ...open, operations: { read: true, search: true } }];

  it('knows every scope that there is, hidden and unused ones too', async () => {
    const api = await started({ scopes, resources });
    expect(api.plan.scopes.map((each) => each.name)).toEqual([
      'admin',
      'note:create',
      'note:delete',
      'note:read',
      'note:search',
      'note:update',
      'reader',
    ]);
    expect(Object.isFrozen(api.plan.scopes)).toBe(true);
  });

  it('opens operations by what stands for their scopes', async () => {
    const auth = [tokenStrategy({ reader: { scopes: ['reader'] }, writer: { scopes: ['note:update', 'admin'] } })];
    const api = await started({ scopes, resources, auth });
    expect((await call(api, 'GET', '/api/r/1', as('reader'))).status).toBe(200);
    const refused = await call(api, 'GET', '/api/r/1', as('writer'));
    expect(refused.headers['www-authenticate']).toContain('scope="note:read"');
  });

  it.each<[string, Scope]>([
    ['a route', 'note:reed'],
    ['a route among others', ['note:read', 'nope']],
    ['a route in a combination', allOf('note:read', anyOf('note:search', 'nope'))],
  ])('does not start with a scope that nobody can be granted: %s', async (_, scope) => {
    await expect(probing(scope, { scopes, resources })).rejects.toThrow(ConfigurationError);
    await expect(probing(scope, { scopes, resources })).rejects.toThrow('routes.probe: there is no scope');
  });

  it('does not start with an operation whose scope nobody can be granted', async () => {
    const wrong = [{ ...open, operations: { read: { scope: 'note:reed' } } }];
    await expect(started({ scopes, resources: wrong })).rejects.toThrow(
      'resources.note.operations.read: there is no scope "note:reed"',
    );
  });
});

it('tells the scopes of an API without a vocabulary by what its routes ask for', async () => {
  const resources = [notes({ operations: { read: { scope: ['b', 'a'] } } })];
  const api = await probing(allOf('c', 'a'), { resources });
  expect(api.plan.scopes.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  const hidden = await started({ resources, plugins: [route({ scope: 'secret', hidden: true, handle: ok })] });
  expect(hidden.plan.scopes.map(({ name }) => name)).toEqual(['a', 'b']);
});
