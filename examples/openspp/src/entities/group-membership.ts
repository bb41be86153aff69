import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Registrant } from './registrant.ts';
import { createdAt, now, timestamp, updatedAt } from './types/timestamp.ts';
import { VocabularyCode } from './vocabulary-code.ts';

/**
 * A person's time in a group. Whether it has ended is asked of the clock when it is read (`endedDate` unset or still
 * to come), never stored.
 *
 * One membership of a person in a group has not ended at a time, and one of a head. The index keeps the first for those
 * without an end; the rest no index or exclusion can say: a membership with an end to come counts until then, periods of
 * one that is over and its successor may overlap (starts are given by days), and the role stands in another table. So
 * whoever changes members locks the group first (`lockGroups`).
 */
export const GroupMembership = defineEntity({
  name: 'GroupMembership',
  tableName: 'group_membership',
  properties: {
    id: p.integer().primary(),
    group: () => p.manyToOne(Registrant).deleteRule('cascade').index(),
    individual: () => p.manyToOne(Registrant).deleteRule('cascade').index(),
    role: () => p.manyToOne(VocabularyCode).nullable().deleteRule('restrict').index(),
    startDate: timestamp().onCreate(now),
    endedDate: timestamp().nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    /** The name of the API client that added, and that ended it: what the history shows (F34). */
    createdBy: p.text().nullable(),
    endedBy: p.text().nullable(),
  },
  uniques: [{ name: 'group_membership_open_unique', properties: ['group', 'individual'], where: { endedDate: null } }],
});

export type GroupMembership = InferEntity<typeof GroupMembership>;
