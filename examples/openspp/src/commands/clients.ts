import { logAuditTrail } from '@sallyport/auth';
import { type ClientsCommandOptions, clientsCommand, type OpenedAdministration, runCommand } from '@sallyport/auth/cli';
import { createLogger, silentLogger } from '@sallyport/core';
import { type Command, Option } from 'commander';
import { createAdministration } from '../clients/administration.ts';
import { type AdministeredAttributes, withoutFeatures } from '../clients/client-directory.ts';
import { legalBases } from '../entities/index.ts';
import { readSettings } from '../settings.ts';
import { openOpenSpp } from '../start.ts';
import { organizationTypes } from '../vocabulary/index.ts';

/** What the commands are run with, besides what they say of themselves: where they write, and a database of tests. */
export type ClientsSurroundings = Pick<ClientsCommandOptions, 'output' | 'clock'> & {
  readonly open?: () => Promise<OpenedAdministration>;
};

/** Opens the administration on the database of the settings; changes go to the log. */
async function openAdministration(): Promise<OpenedAdministration> {
  const settings = readSettings();
  const { database, secrets, close } = await openOpenSpp(settings, silentLogger);
  const audit = logAuditTrail(createLogger({ name: 'openspp', level: settings.logLevel }));
  return { administration: createAdministration(database.orm, secrets.peppers, audit), close };
}

const typeOption = (flags: string, description: string): Option =>
  new Option(flags, description).choices(organizationTypes.map(({ code }) => code)).default('other');

/** Adds `clients`: the commands that every API has, and those for the organisations of OpenSPP. */
export function addClientCommands(program: Command, surroundings: ClientsSurroundings = {}): void {
  const { open = openAdministration, output, clock } = surroundings;
  const clients = clientsCommand(program, {
    open,
    without: withoutFeatures,
    columns: ({ clientId, name, attributes, active, scopes }) => {
      // The directory's own.
      const { organization, legalBasis } = attributes as unknown as AdministeredAttributes;
      return [clientId, name, organization, legalBasis, active ? 'active' : 'disabled', scopes.join(' ')];
    },
    create: {
      options: (create) =>
        void create
          .requiredOption('--organization <name>', 'who receives the data; made when nobody has this name')
          .addOption(typeOption('--type <type>', 'type of a new organisation'))
          .addOption(
            new Option('--legal-basis <basis>', 'why it may process data').choices([...legalBases]).default('consent'),
          ),
      read: ({ organization, type, legalBasis }) => ({
        attributes: { organization, organizationType: type, legalBasis },
      }),
    },
    ...(output === undefined ? {} : { output }),
    ...(clock === undefined ? {} : { clock }),
  });

  const setting = (clientId: string, what: string, attributes: Partial<AdministeredAttributes>, given: Given) =>
    runCommand(
      open,
      given,
      async (administration) => {
        await administration.setAttributes(clientId, attributes);
        return { lines: [`${clientId}: ${what}`], json: { client_id: clientId } };
      },
      output,
    );

  actedOn(clients.command('organization-type'))
    .description("change the type of a client's organisation, until it is verified")
    .argument('<client-id>')
    .argument('<type>')
    .action((clientId: string, type: string, given: Given) =>
      setting(clientId, `organisation of the type ${type}`, { organizationType: type }, given),
    );
  actedOn(clients.command('verify'))
    .description("confirm the type of a client's organisation; it does not change any more")
    .argument('<client-id>')
    .requiredOption('--by <name>', 'who has verified it')
    .action((clientId: string, given: Given & { readonly by: string }) =>
      setting(clientId, `verified by ${given.by}`, { organizationTypeVerifiedBy: given.by }, given),
    );
}

interface Given {
  readonly json?: boolean;
  readonly actor?: string;
}

const actedOn = (command: Command): Command =>
  command
    .option('--json', 'for programs')
    .option('--actor <name>', 'who makes the change; the user of the system when absent');
