import type { Options } from '@mikro-orm/core';
import { Migration20261121224552_initial } from './Migration20261121224552_initial.ts';
import { Migration20261122025800_client_columns } from './Migration20261122025800_client_columns.ts';
import { Migration20261122044500_sessions } from './Migration20261122044500_sessions.ts';

/** Every migration, oldest first. */
export const migrations: NonNullable<Options['migrations']> = {
  migrationsList: [
    Migration20261121224552_initial,
    Migration20261122025800_client_columns,
    Migration20261122044500_sessions,
  ],
  snapshot: false,
  silent: true,
};
