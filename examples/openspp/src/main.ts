import { ConfigurationError, SettingError } from '@sallyport/core';
import { Command } from 'commander';
import { BootstrapError } from './bootstrap/index.ts';
import { addClientCommands } from './commands/clients.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { addOpenApiCommand } from './commands/openapi.ts';
import { describeSummary, say } from './commands/output.ts';
import { addPostmanCommand } from './commands/postman.ts';
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

addClientCommands(program);
addGenerateCommand(program);
addOpenApiCommand(program);
addPostmanCommand(program);

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
