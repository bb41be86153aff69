// Only its types: the program brings the package.
import type { Command } from 'commander';
import type { ClientAdministration } from '../administration/client-administration.ts';
import type { ClientFeature } from '../administration/client-directory.ts';
import { type CommandOutput, type CommonOptions, type OpenedAdministration, runCommand } from './run.ts';
import type { Told } from './told.ts';

/** What the commands of clients are made with. */
export interface CommandBench {
  /** Whether clients have this here. */
  has(feature: ClientFeature): boolean;
  /** A command with the options that all have. */
  reading(name: string, description: string): Command;
  /** A command that changes something, with the option `--actor`. */
  changing(name: string, description: string): Command;
  /** A change of one client, whose id is the first argument. */
  changingOne(name: string, description: string): Command;
  /** Runs what a command does, see {@link runCommand}. */
  run(given: CommonOptions, work: (administration: ClientAdministration) => Promise<Told>): Promise<void>;
  /** Runs a change that has nothing to tell but what it has made of the client. */
  change(
    given: CommonOptions,
    clientId: string,
    work: (administration: ClientAdministration) => Promise<string>,
  ): Promise<void>;
}

/** What `--force` of a command does. */
export const takesUnknownScopes = 'take scopes that the API does not have, too';
/** The same where it names fields as well. */
export const takesUnknownFields = 'take scopes and fields that the API does not have, too';

/** Makes commands below `clients`. */
export function commandBench(
  clients: Command,
  open: () => Promise<OpenedAdministration>,
  output: CommandOutput,
  without: ReadonlySet<ClientFeature> | undefined,
): CommandBench {
  const run: CommandBench['run'] = (given, work) => runCommand(open, given, work, output);
  const reading: CommandBench['reading'] = (name, description) =>
    clients.command(name).description(description).option('--json', 'for programs');
  const changing: CommandBench['changing'] = (name, description) =>
    reading(name, description).option('--actor <name>', 'who makes the change; the user of the system when absent');
  return {
    has: (feature) => without?.has(feature) !== true,
    reading,
    changing,
    changingOne: (name, description) => changing(name, description).argument('<client-id>'),
    run,
    change: (given, clientId, work) =>
      run(given, async (administration) => {
        const what = await work(administration);
        return { lines: [`${clientId}: ${what}`], json: { client_id: clientId } };
      }),
  };
}
