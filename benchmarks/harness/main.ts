/** The whole benchmark: prepare, check that all contenders agree, measure, report. */
import type { Client } from 'pg';
import { limit } from '../contenders.ts';
import { type Answer, ask, compare } from './check.ts';
import { withServer } from './child.ts';
import { measure } from './measure.ts';
import { type Options, readOptions } from './options.ts';
import { benchUrl, prepare, withClient } from './prepare.ts';
import { report } from './report.ts';
import { writeResults } from './results.ts';
import { loadScenarios, type Scenario, samplesOf } from './scenarios.ts';

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Starts each contender once and compares its answers with the limit's. */
async function check(scenarios: readonly Scenario[], options: Options): Promise<void> {
  const samples = samplesOf(scenarios);
  let reference: readonly Answer[] | undefined;
  for (const contender of options.contenders) {
    await withServer(contender, benchUrl(options.serverUrl), async (server) => {
      const answers = await ask(server, samples);
      reference ??= answers;
      compare(answers, reference);
    });
    log(
      `check  ${contender.name}: ${samples.length} answers agree${contender.name === limit ? ' with the statuses expected' : ''}`,
    );
  }
}

async function run(client: Client, options: Options, checkOnly: boolean): Promise<void> {
  const scenarios = await loadScenarios(client);
  await check(scenarios, options);
  if (checkOnly) return;
  const measurements = await measure(scenarios, options, client, log);
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const environment = { postgres: rows[0]?.server_version.split(' ')[0] ?? 'unknown' };
  await writeResults('servers', report(measurements, scenarios, options, environment));
  log('wrote RESULTS.md');
}

const args = process.argv.slice(2);
const options = readOptions(args);
log(`prepare ${options.rows} partners`);
await prepare(options.serverUrl, options.rows);
await withClient(benchUrl(options.serverUrl), (client) => run(client, options, args.includes('--check')));
