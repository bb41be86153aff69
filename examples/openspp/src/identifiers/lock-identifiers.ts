import { type EntityManager, LockMode } from '@mikro-orm/core';
import { IdentifierLock, identifierLocks } from '../entities/index.ts';

/** An identifier as the wire names it. */
export interface IdentifierName {
  /** The URI of its type: `urn:openspp:vocab:id-type#national_id`. */
  readonly system: string;
  readonly value: string;
}

/** The lock of an identifier: the same in every process (FNV-1a). */
export function identifierSlot({ system, value }: IdentifierName): number {
  let hash = 0x811c9dc5;
  for (const character of `${system}|${value}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) % identifierLocks;
}

/**
 * Holds the identifiers until the transaction ends: no other transaction that asks for them can look whether they are
 * free, or take them, meanwhile. Call it once with all identifiers of a record, before looking. Locks are taken in one
 * order, so that two such calls cannot wait for each other; two bundles that lock record by record can, and are run
 * again (40P01).
 *
 * The isolation must be READ COMMITTED (the default): the look that follows has to see what was committed meanwhile.
 */
export async function lockIdentifiers(em: EntityManager, identifiers: readonly IdentifierName[]): Promise<void> {
  const slots = [...new Set(identifiers.map(identifierSlot))];
  if (slots.length === 0) return;
  const locked = await em.find(
    IdentifierLock,
    { slot: { $in: slots } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { slot: 'asc' }, disableIdentityMap: true },
  );
  if (locked.length < slots.length)
    throw new Error('The rows of identifier_lock are missing: loadVocabulary makes them');
}
