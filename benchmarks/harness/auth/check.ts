import type { Person } from '../../servers/auth/sallyport-api.ts';
import type { RunningServer } from '../child.ts';
import { type AuthRequest, grant, guarded, introspect, revoke, tokenIn, unguarded } from './requests.ts';

async function ask(server: RunningServer, request: AuthRequest, status: number): Promise<string> {
  const { method, path, headers, body } = request;
  const response = await fetch(server.origin + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (response.status !== status) {
    throw new Error(`${method} ${path}: status ${response.status}, expected ${status}: ${text.slice(0, 200)}`);
  }
  return text;
}

async function expectActive(server: RunningServer, request: AuthRequest, expected: boolean): Promise<void> {
  const { active } = JSON.parse(await ask(server, request, 200)) as { active?: unknown };
  if (active !== expected) throw new Error(`introspection: active is ${String(active)}, expected ${expected}`);
}

/**
 * Holds a contender against what is measured: grants, refuses a wrong secret, knows its token and that of nobody, and
 * forgets a token that was revoked.
 */
export async function checkTokenServer(server: RunningServer, [one, other]: readonly Person[]): Promise<void> {
  if (one === undefined || other === undefined) throw new Error('two clients are needed');
  const held = { person: one, token: tokenIn(await ask(server, grant(one), 200)) };
  await ask(server, grant({ ...one, secret: other.secret }), 401);
  await ask(server, unguarded(), 200);
  await ask(server, guarded(held), 200);
  await ask(server, guarded({ ...held, token: `${held.token.slice(0, -4)}AAAA` }), 401);
  await expectActive(server, introspect(held), true);
  await ask(server, revoke({ ...held, token: 'nobodys' }), 200);
  await expectActive(server, introspect(held), true);
  await ask(server, revoke(held), 200);
  await ask(server, guarded(held), 401);
  await expectActive(server, introspect(held), false);
}
