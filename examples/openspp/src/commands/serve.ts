import { createLogger } from '@sallyport/core';
import { basePath } from '../app.ts';
import { createHealth } from '../health.ts';
import { listenOn } from '../server.ts';
import { readSettings } from '../settings.ts';
import { type FirstStart, fill, openOpenSpp } from '../start.ts';
import { describeSummary, say } from './output.ts';

function announce(first: FirstStart): void {
  switch (first.kind) {
    case 'bootstrap':
      say(`Bootstrap file: ${describeSummary(first.summary)}.`);
      return;
    case 'demonstration':
      say(`The database was empty: ${first.people} made-up people were put into it.`);
      say('The demonstration client, shown this once:');
      say(`  client_id      ${first.client.clientId}`);
      say(`  client_secret  ${first.client.clientSecret}`);
      return;
    case 'empty':
      say('There is no client yet. Make one: npm run openspp -- clients create --name … --organization … --type …');
      return;
    case 'filled':
  }
}

/** Serves the API until SIGTERM or SIGINT, then finishes the requests in hand. */
export async function serveCommand(): Promise<void> {
  const settings = readSettings();
  const logger = createLogger({ name: 'openspp', level: settings.logLevel });
  const started = await openOpenSpp(settings, logger);
  let stopping: Promise<void> | undefined;
  try {
    const first = await fill(started, settings);
    const health = await createHealth(started.database.orm);
    const listening = await listenOn[settings.server]({ api: started.api, health }, settings);
    const stop = async (): Promise<void> => {
      await listening.close(settings.shutdownTimeoutMs);
      await health.close();
      await started.close();
    };
    const stopped = new Promise<void>((resolve, reject) => {
      const once = (): void => {
        stopping ??= stop();
        stopping.then(resolve, reject);
      };
      process.once('SIGTERM', once);
      process.once('SIGINT', once);
    });
    announce(first);
    say(`Ready: http://${settings.host}:${listening.port}${basePath}/ (${settings.server})`);
    await stopped;
  } catch (error) {
    if (stopping === undefined) await started.close();
    throw error;
  }
}
