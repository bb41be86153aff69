import { ConfigurationError, SettingError } from '@sallyport/core';
import { Command } from 'commander';
import { addClientCommands } from './commands/clients.ts';
import { serve } from './commands/serve.ts';

const program = new Command('partners').description('Secure API on Sallyport.').showHelpAfterError();
program.command('serve', { isDefault: true }).description('serve the API until SIGTERM or SIGINT').action(serve);
addClientCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  // Mistakes of whoever runs it are told in one line; everything else with all that is known.
  const known = error instanceof SettingError || error instanceof ConfigurationError;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
