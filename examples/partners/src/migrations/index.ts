import type { Options } from '@mikro-orm/core';
import { Migration20261121224552_initial } from './Migration20261121224552_initial.ts';

/** Every migration, oldest first. */
export const migrations: NonNullable<Options['migrations']> = {
  migrationsList: [Migration20261121224552_initial],
  snapshot: false,
  silent: true,
};
