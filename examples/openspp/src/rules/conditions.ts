import type { Condition, Where } from '@sallyport/core';
import type { GroupMembership, Registrant } from '../entities/index.ts';

/** Whether a membership has not ended: asked of the clock, never stored (contract §22.5, F42). */
export const active = (where: Where<GroupMembership>, now: Date): Condition =>
  where.or(where.isNull('endedDate'), where.gt('endedDate', now.toISOString()));

/** Whether a registrant has an identifier to be named by (contract §7.2). */
export const addressable = (where: Where<Registrant>): Condition =>
  where.related('identifiers', (identifier) => identifier.ne('status', 'invalid'));

/** The registrants that hold an identifier live, system and value on one row (contract §7.2). */
export const holdsIdentifier = (
  where: Where<Registrant>,
  { system, value }: { readonly system: string; readonly value: string },
): Condition =>
  where.related('identifiers', (identifier) =>
    identifier.and(
      identifier.related('type', (type) => type.eq('uri', system)),
      identifier.eq('value', value),
      identifier.ne('status', 'invalid'),
    ),
  );
