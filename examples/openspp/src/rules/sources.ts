import type { CallContext } from '@sallyport/core';
import { type Change, trackSources } from '@sallyport/plugins/source-tracking';
import type { Program, ProgramMembership, Registrant } from '../entities/index.ts';
import { sourceOf } from './caller.ts';

/** What operations are called in references to changes. */
const words: Readonly<Record<string, string>> = { update: 'patch', replace: 'update' };

/** `api-patch-1772439330`: the kind of change, and its second (contract §20.1). */
const referenceTo = (change: Change, { now }: CallContext): string =>
  `api-${words[change] ?? change}-${Math.floor(now.getTime() / 1000)}`;

/** Where people and groups come from (contract §20.1). */
export const registrantSources = trackSources<Registrant>({
  sourceOf,
  source: 'sourceSystem',
  method: { property: 'collectionMethod', value: 'api' },
  changedBy: 'lastUpdateSystem',
  reference: { property: 'lastUpdateReference', of: referenceTo },
});

/** Where programs come from. */
export const programSources = trackSources<Program>({ sourceOf, source: 'sourceSystem' });

/** Where enrolments come from. */
export const membershipSources = trackSources<ProgramMembership>({ sourceOf, source: 'sourceSystem' });
