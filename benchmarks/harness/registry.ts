/** The benchmark of the OpenSPP example at the size of a country's registry. */
import { positive } from './options.ts';
import { withClient } from './prepare.ts';
import { Asker, type Figures, followPages, measureKind, streamAll } from './registry/measure.ts';
import { fillRegistry, makeCallers, pickSamples, registryUrl } from './registry/prepare.ts';
import { whileServed } from './registry/program.ts';
import { type RegistryFigures, registryReport } from './registry/report.ts';
import { measuredRequests } from './registry/requests.ts';
import { writeResults } from './results.ts';

type Followed = RegistryFigures['pages'][number];

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const serverUrl = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const people = positive('BENCH_PEOPLE', 1_000_000);
const options = { seconds: positive('BENCH_SECONDS', 10), connections: positive('BENCH_CONNECTIONS', 8) };
const pageCount = positive('BENCH_PAGES', 20);
/** The last page that is followed to. */
const lastPage = 1_000;

const filled = await fillRegistry(serverUrl, people, log);
const callers = await makeCallers(serverUrl);
const samples = await pickSamples(serverUrl);
const url = registryUrl(serverUrl);
const postgres = await withClient(url, async (client) => {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return rows[0]?.server_version.split(' ')[0] ?? 'unknown';
});

const text = await whileServed(url, async (base) => {
  const asker = new Asker(base, options.connections);
  await asker.login(callers);
  const figures: Figures[] = [];
  for (const measured of measuredRequests(samples)) {
    figures.push(await measureKind(asker, measured, options));
    log(`measured ${measured.name} (${measured.as})`);
  }
  const pages: Followed[] = [];
  for (const as of ['task', 'narrow', 'broad'] as const) {
    for (const from of [1, lastPage - pageCount + 1]) {
      const times = await followPages(asker, as, { base, from, pages: pageCount });
      if (times.length > 0) pages.push({ as, from, times });
      log(`followed ${times.length} pages from ${from} (${as})`);
    }
  }
  const streams = { task: await streamAll(asker, 'task'), broad: await streamAll(asker, 'broad') };
  await asker.close();
  return registryReport({ filled, figures, pages, streams, connections: options.connections, postgres });
});
await writeResults('registry', text);
log('wrote RESULTS.md');
