import { type Clock, systemClock } from '@sallyport/core';
// Only its types: the program brings the package.
import type { Command } from 'commander';
import type { ClientDetails } from '../administration/client-administration.ts';
import type { ClientFeature } from '../administration/client-directory.ts';
import { changeCommands } from './change-commands.ts';
import { commandBench } from './command-bench.ts';
import { type CreateExtension, createCommand } from './create-command.ts';
import { readingCommands } from './reading-commands.ts';
import { type CommandOutput, type OpenedAdministration, processOutput } from './run.ts';
import { secretCommands } from './secret-commands.ts';
import { usualColumns } from './told.ts';

export interface ClientsCommandOptions {
  /** Opens what a command works with; it is closed after it. */
  readonly open: () => Promise<OpenedAdministration>;
  /** What the directory has no place for: commands and options for it are left out. */
  readonly without?: ReadonlySet<ClientFeature>;
  /** Options of `create` that the program adds, instead of `--attribute`. */
  readonly create?: CreateExtension;
  /** The columns of `list`; default id, name, state, last use, number of requests, scopes. */
  readonly columns?: (client: ClientDetails, now: Date) => readonly string[];
  /** Default: the process's own. */
  readonly output?: CommandOutput;
  readonly clock?: Clock;
}

/**
 * Adds `clients` with its commands to a program of commander's, and answers it, so that the program can add more.
 *
 * @example clientsCommand(program, { open: async () => ({ administration, close: () => orm.close() }) })
 * @see docs/guides/clients.md
 */
export function clientsCommand(program: Command, options: ClientsCommandOptions): Command {
  const { open, without, columns = usualColumns, output = processOutput, clock = systemClock } = options;
  const clients = program.command('clients').description('administer the programs that may call the API');
  const bench = commandBench(clients, open, output, without);
  readingCommands(bench, columns, clock);
  createCommand(bench, options.create);
  secretCommands(bench);
  changeCommands(bench);
  return clients;
}
