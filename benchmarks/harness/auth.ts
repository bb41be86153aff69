/** The benchmark of authentication: prepare, check and measure token servers, time refusals, flood, report. */
import { writeFile } from 'node:fs/promises';
import { measureFloods } from './auth/flood.ts';
import { readAuthOptions } from './auth/options.ts';
import { authUrl, prepareAuth } from './auth/prepare.ts';
import { measureRefusals } from './auth/refusals.ts';
import { authReport } from './auth/report.ts';
import { measureTokens } from './auth/tokens.ts';
import { withClient } from './prepare.ts';

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const options = readAuthOptions(process.argv.slice(2));
log('prepare clients and tables');
const cast = await prepareAuth(options.serverUrl);
await withClient(authUrl(options.serverUrl), async (client) => {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const wants = (part: (typeof options.parts)[number]): boolean => options.parts.includes(part);
  const text = authReport(options, {
    measurements: wants('tokens') ? await measureTokens(cast, options, client, log) : [],
    refusals: wants('refusals') ? await measureRefusals(cast, options, log) : [],
    floods: wants('flood') ? await measureFloods(cast, options, log) : [],
    postgres: rows[0]?.server_version.split(' ')[0] ?? 'unknown',
  });
  if (options.whole) {
    await writeFile(new URL('../RESULTS-AUTH.md', import.meta.url), text);
    log('wrote RESULTS-AUTH.md');
  } else {
    log(`\n${text}\nNot the whole benchmark: nothing was written.`);
  }
});
