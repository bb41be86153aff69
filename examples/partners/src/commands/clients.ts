import { createClientAdmin, createClientStore, logAuditTrail } from '@sallyport/auth';
import { type ClientsCommandOptions, clientsCommand } from '@sallyport/auth/cli';
import { createLogger, scopeFields, scopeNames } from '@sallyport/core';
import type { Command } from 'commander';
import { apiName } from '../api.ts';
import { hasherOf, open } from '../database/open.ts';
import { resources, scopes } from '../resources/index.ts';
import { readSettings } from '../settings.ts';

type Opened = Awaited<ReturnType<ClientsCommandOptions['open']>>;

/** Opens the administration on the database of the settings; changes go to the log. */
async function openAdministration(): Promise<Opened> {
  const { orm, secrets } = await open(readSettings(), { demonstration: false });
  const audit = logAuditTrail(createLogger({ name: 'partners' }));
  const administration = createClientAdmin(orm, createClientStore(orm), hasherOf(secrets), {
    audit,
    scopes: scopeNames({ name: apiName, resources, scopes }),
    fields: scopeFields(resources),
  });
  return { administration, close: () => orm.close() };
}

/** Adds `clients`; a client of Secure API belongs to a company, whose records it sees. */
export function addClientCommands(program: Command): void {
  clientsCommand(program, {
    open: openAdministration,
    // Its token endpoints take secrets alone.
    without: new Set(['keys']),
    create: {
      options: (create) => void create.requiredOption('--company <name>', 'whose records it sees: Acme'),
      read: ({ company }) => ({ attributes: { company } }),
    },
  });
}
