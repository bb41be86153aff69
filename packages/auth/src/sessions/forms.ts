import { type JsonSchema, type ReadBody, SallyportError } from '@sallyport/core';
import { csrfToken } from './csrf.ts';
import type { LiveSession } from './keeper.ts';

/** What differs between the ways in which clients speak of sessions. */
export interface SessionForm {
  readonly paths: SessionPaths;
  /** How a session is asked for. */
  readonly sessionMethod: 'GET' | 'POST';
  /** @throws SallyportError `invalid_body`, without what was sent */
  credentials(body: ReadBody): { readonly login: string; readonly password: string };
  /** What a login, and whoever asks for the session, is told; never the session's id. */
  told(live: LiveSession): Readonly<Record<string, unknown>>;
  readonly requestSchema: JsonSchema;
  readonly resultSchema: JsonSchema;
}

/** Addresses below the API's base path. */
export interface SessionPaths {
  readonly login: string;
  readonly logout: string;
  readonly session: string;
}

const text = { type: 'string' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const credentialsSchema: JsonSchema = {
  type: 'object',
  required: ['login', 'password'],
  properties: { login: text, password: { type: 'string', format: 'password' } },
};

/** `{"login", "password"}`. */
export const jsonForm: SessionForm = {
  paths: { login: '/session/login', logout: '/session/logout', session: '/session' },
  sessionMethod: 'GET',
  credentials: (body) => credentialsIn(body.kind === 'json' ? body.value : undefined, []),
  told: (live) => ({
    account: { id: live.account.id, login: live.account.login },
    csrfToken: csrfToken(live.id),
    expiresAt: live.session.expiresAt.toISOString(),
    idleExpiresAt: live.session.idleExpiresAt.toISOString(),
  }),
  requestSchema: credentialsSchema,
  resultSchema: {
    type: 'object',
    required: ['account', 'csrfToken', 'expiresAt', 'idleExpiresAt'],
    properties: {
      account: { type: 'object', required: ['id', 'login'], properties: { id: text, login: text } },
      csrfToken: { type: 'string', description: 'Goes into the header X-CSRF-Token of whatever changes something.' },
      expiresAt: { ...time, description: 'When the session ends whatever happens.' },
      idleExpiresAt: { ...time, description: 'When it ends if it is not used.' },
    },
  },
};

/**
 * Secure API's (its contract, section 3): `{"jsonrpc": "2.0", "params": {"db", "login", "password"}}`. There is one
 * database: `db` is not looked at.
 */
export const secureApiForm: SessionForm = {
  paths: {
    login: '/web/session/authenticate',
    logout: '/web/session/destroy',
    session: '/web/session/get_session_info',
  },
  sessionMethod: 'POST',
  credentials: (body) => credentialsIn(memberOf(body.kind === 'json' ? body.value : undefined, 'params'), ['params']),
  told: (live) => ({
    uid: live.account.id,
    username: live.account.login,
    csrf_token: csrfToken(live.id),
    expires_at: live.session.expiresAt.toISOString(),
  }),
  requestSchema: {
    type: 'object',
    required: ['params'],
    properties: {
      jsonrpc: { type: 'string', const: '2.0' },
      params: { ...credentialsSchema, properties: { db: text, ...(credentialsSchema.properties as object) } },
    },
  },
  resultSchema: {
    type: 'object',
    required: ['uid', 'username', 'csrf_token', 'expires_at'],
    properties: { uid: text, username: text, csrf_token: text, expires_at: time },
  },
};

function credentialsIn(value: unknown, path: readonly string[]): { login: string; password: string } {
  const [login, password] = [memberOf(value, 'login'), memberOf(value, 'password')];
  if (typeof login === 'string' && typeof password === 'string') return { login, password };
  const missing = typeof login === 'string' ? 'password' : 'login';
  const issue = { in: 'body', path: [...path, missing], code: 'type', message: 'This must be text.' } as const;
  // By hand, so that no fault ever carries a password that was sent as another type.
  throw new SallyportError('invalid_body', { detail: 'A login and a password are needed.', issues: [issue] });
}

function memberOf(value: unknown, name: string): unknown {
  // Bodies are read into objects without prototypes.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
