import { untilStopped } from '@sallyport/adapters/node';
import { serveOn } from '@sallyport/adapters/serve-on';
import { createLogger, settleTables } from '@sallyport/core';
import { basePath } from '../app.ts';
import { daily, hour } from '../daily.ts';
import { createHealth } from '../health.ts';
import { expireConsents } from '../rules/consent-changes.ts';
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
  await using closing = new AsyncDisposableStack();
  const started = await openOpenSpp(settings, logger);
  closing.defer(() => started.close());
  const first = await fill(started, settings);
  const health = await createHealth(started.database.orm);
  closing.defer(() => health.close());
  // The last one answers every address that is nobody else's.
  const running = await serveOn(settings.server, [health, started.api], settings);
  closing.defer(async () => void (await running.close({ timeoutMs: settings.shutdownTimeoutMs })));
  const { orm } = started.database;
  const expiry = daily('expire consents', () => expireConsents(orm.em, new Date()), logger);
  closing.defer(() => expiry.stop());
  // A server looks at its tables by itself; the embedded database does not.
  if (settings.databaseUrl === undefined) {
    const settling = daily('settle tables', () => settleTables(orm), logger, hour);
    closing.defer(() => settling.stop());
  }
  const stopped = untilStopped();
  announce(first);
  say(`Ready: http://${settings.host}:${running.port}${basePath}/ (${settings.server})`);
  await stopped;
}
