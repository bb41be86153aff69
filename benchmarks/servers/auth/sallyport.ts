/** Sallyport on bare `node:http`; the environment says which of its deployments this one is. */
import { createServer } from 'node:http';
import { createNodeHandler } from '@sallyport/adapters/node';
import { announce } from '../shared/announce.ts';
import { host, port } from '../shared/config.ts';
import { createAuthApi } from './sallyport-api.ts';

const { AUTH_TOKENS, AUTH_SCHEME, AUTH_PADDED, AUTH_LIMITED } = process.env;
const api = await createAuthApi({
  tokens: AUTH_TOKENS === 'jwt' ? 'jwt' : 'opaque',
  scheme: AUTH_SCHEME === 'argon2id' || AUTH_SCHEME === 'scrypt' ? AUTH_SCHEME : 'hmac-sha256',
  padded: AUTH_PADDED === 'yes',
  limited: AUTH_LIMITED === 'yes',
});
const server = createServer(createNodeHandler(api));
server.listen(port, host, () => announce(server));
