import type { Options } from '@mikro-orm/core';
import { Migration20261121224552_initial } from './Migration20261121224552_initial.ts';
import { Migration20261122025800_client_keys } from './Migration20261122025800_client_keys.ts';

/** Every migration, oldest first. */
export const migrations: NonNullable<Options['migrations']> = {
  migrationsList: [Migration20261121224552_initial, Migration20261122025800_client_keys],
  snapshot: false,
  silent: true,
};
