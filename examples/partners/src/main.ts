import { untilStopped } from '@sallyport/adapters/node';
import { serveOn } from '@sallyport/adapters/serve-on';
import { createPartnersApi } from './api.ts';
import { open } from './database/open.ts';
import { readSettings } from './settings.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

const settings = readSettings();
const { orm, secrets, credentials } = await open(settings);
const api = await createPartnersApi({ orm, secrets, jwtAlgorithm: settings.jwtAlgorithm });
const running = await serveOn(settings.server, api, settings);
say(`Partners on ${running.url}/api`);
if (credentials !== undefined) {
  say('A client for demonstrations was made. Its secret is shown this once:');
  say(`client_id=${credentials.clientId}`);
  say(`client_secret=${credentials.secret}`);
}

await untilStopped();
await running.close();
await api.close();
await orm.close();
