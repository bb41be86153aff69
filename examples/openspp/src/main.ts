import { writeFile } from 'node:fs/promises';
import { ConfigurationError, SettingError } from '@sallyport/core';
import { openapiDocument } from '@sallyport/plugins/openapi';
import { Command, Option } from 'commander';
import { documentInfo } from './app.ts';
import { BootstrapError } from './bootstrap/index.ts';
import { addClientCommands } from './commands/clients.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { describeSummary, say } from './commands/output.ts';
import { serveCommand } from './commands/serve.ts';
import { withOpenSpp } from './commands/with-openspp.ts';
import { importBootstrap } from './start.ts';

const program = new Command('openspp').description('The OpenSPP API V2 on Sallyport.').showHelpAfterError();

program.command('serve').description('serve the API until SIGTERM or SIGINT').action(serveCommand);

program
  .command('import')
  .description('load a bootstrap file; what is there already is left as it is')
  .argument('<file>')
  .action((file: string) => withOpenSpp(async (started) => say(describeSummary(await importBootstrap(started, file)))));

program
  .command('migrate')
  .description('bring the database up to date')
  .action(() =>
    withOpenSpp(async ({ database: { migrated } }) =>
      say(migrated.length === 0 ? 'The database is up to date.' : `Run: ${migrated.join(', ')}`),
    ),
  );

program
  .command('openapi')
  .description('write the OpenAPI document')
  .addOption(new Option('--version <version>', 'version of OpenAPI').choices(['3.0', '3.1']).default('3.1'))
  .option('--out <file>', 'where to; standard output when absent')
  .action(({ version, out }: { readonly version: '3.0' | '3.1'; readonly out?: string }) =>
    withOpenSpp(async ({ api }) => {
      const text = `${JSON.stringify(openapiDocument(api.plan, { ...documentInfo, version }), null, 2)}\n`;
      if (out === undefined) process.stdout.write(text);
      else await writeFile(out, text);
    }),
  );

addClientCommands(program);
addGenerateCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  // Mistakes of whoever runs it are told in one line; everything else with all that is known.
  const known = error instanceof SettingError || error instanceof ConfigurationError || error instanceof BootstrapError;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
