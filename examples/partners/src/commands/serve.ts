import { untilStopped } from '@sallyport/adapters/node';
import { serveOn } from '@sallyport/adapters/serve-on';
import { createPartnersApi, createPartnersLogin } from '../api.ts';
import { open } from '../database/open.ts';
import { readSettings } from '../settings.ts';

/** Serves the API until SIGTERM or SIGINT, then finishes the requests in hand. */
export async function serve(): Promise<void> {
  const settings = readSettings();
  const { orm, secrets, credentials, person } = await open(settings);
  const api = await createPartnersApi({ orm, secrets, jwtAlgorithm: settings.jwtAlgorithm });
  const login = await createPartnersLogin({ orm, secrets });
  const running = await serveOn(settings.server, [login, api], settings);
  const lines = [`Partners on ${running.url}/api`];
  if (credentials !== undefined) {
    lines.push('A client for demonstrations was made. Its secret is shown this once:');
    lines.push(`client_id=${credentials.clientId}`, `client_secret=${credentials.secret}`);
  }
  if (person !== undefined) {
    lines.push('So was the account of a person:', `login=${person.login}`, `password=${person.password}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);

  await untilStopped();
  await running.close();
  await login.close();
  await api.close();
  await orm.close();
}
