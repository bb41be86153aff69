import { writeFile } from 'node:fs/promises';
import { SettingError } from '@sallyport/core';
import { openapiDocument } from '@sallyport/plugins/openapi';
import { Command, Option } from 'commander';
import { documentInfo } from './app.ts';
import { BootstrapError } from './bootstrap/index.ts';
import {
  CommandError,
  createClient,
  disableClient,
  enableClient,
  listClients,
  type NewClientOptions,
  rotateClient,
  setOrganizationType,
  setScopes,
  verifyOrganization,
} from './commands/clients.ts';
import { describeSummary, say } from './commands/output.ts';
import { serveCommand } from './commands/serve.ts';
import { withOpenSpp } from './commands/with-openspp.ts';
import { legalBases } from './entities/index.ts';
import { importBootstrap } from './start.ts';
import { organizationTypes } from './vocabulary/index.ts';

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

const clients = program.command('clients').description('administer the programs that may call the API');
clients.command('list').description('list clients, one a line').action(listClients);
clients
  .command('create')
  .description('make a client; its secret is shown this once')
  .requiredOption('--name <name>')
  .requiredOption('--organization <name>', 'who receives the data; made when nobody has this name')
  .addOption(
    new Option('--type <type>', 'type of a new organisation')
      .choices(organizationTypes.map(({ code }) => code))
      .default('other'),
  )
  .addOption(new Option('--legal-basis <basis>', 'why it may process data').choices([...legalBases]).default('consent'))
  .option('--scope <scope...>', 'resource:action, such as individual:read', [])
  .action((options: NewClientOptions) => createClient(options));
clients.command('rotate').description('give a client a new secret').argument('<client-id>').action(rotateClient);
clients.command('disable').description('switch a client off').argument('<client-id>').action(disableClient);
clients.command('enable').description('switch a client on').argument('<client-id>').action(enableClient);
clients
  .command('organization-type')
  .description("change the type of a client's organisation, until it is verified")
  .argument('<client-id>')
  .argument('<type>')
  .action((clientId: string, type: string) => setOrganizationType(clientId, type));
clients
  .command('verify')
  .description("confirm the type of a client's organisation; it does not change any more")
  .argument('<client-id>')
  .requiredOption('--by <name>', 'who has verified it')
  .action((clientId: string, { by }: { readonly by: string }) => verifyOrganization(clientId, by));
clients
  .command('scopes')
  .description('give a client these scopes and no others')
  .argument('<client-id>')
  .argument('[scopes...]')
  .action((clientId: string, scopes: readonly string[]) => setScopes(clientId, scopes));

try {
  await program.parseAsync();
} catch (error) {
  // Mistakes of whoever runs it are told in one line; everything else with all that is known.
  const known = error instanceof SettingError || error instanceof BootstrapError || error instanceof CommandError;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
