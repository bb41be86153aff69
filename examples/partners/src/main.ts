import { untilStopped } from '@sallyport/adapters/node';
import { serveOn } from '@sallyport/adapters/serve-on';
import { createPartnersApi } from './api.ts';
import { open } from './database/open.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const { orm, secrets, credentials } = await open(settings);
const api = await createPartnersApi({ orm, secrets, jwtAlgorithm: settings.jwtAlgorithm });
const running = await serveOn(settings.server, api, settings);
const lines = [`Partners on ${running.url}/api`];
if (credentials !== undefined) {
  lines.push('A client for demonstrations was made. Its secret is shown this once:');
  lines.push(`client_id=${credentials.clientId}`, `client_secret=${credentials.secret}`);
}
process.stdout.write(`${lines.join('\n')}\n`);

await untilStopped();
await running.close();
await api.close();
await orm.close();
