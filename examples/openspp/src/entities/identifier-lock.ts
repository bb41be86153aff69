import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** The number of locks. Two identifiers share one by chance only. */
export const identifierLocks = 1024;

/** A row to lock while an identifier is checked and given away: one of {@link identifierLocks}, chosen by hash. */
export const IdentifierLock = defineEntity({
  name: 'IdentifierLock',
  tableName: 'identifier_lock',
  properties: {
    slot: p.integer().primary().autoincrement(false),
  },
});

export type IdentifierLock = InferEntity<typeof IdentifierLock>;
