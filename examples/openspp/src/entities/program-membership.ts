import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Program } from './program.ts';
import { Registrant } from './registrant.ts';
import { createdAt, updatedAt } from './types/timestamp.ts';

export const membershipStates = ['draft', 'enrolled', 'paused', 'exited', 'not_eligible', 'duplicated'] as const;

/** Why somebody left, as it was sent: a CodeableConcept. */
export interface ExitReason {
  readonly coding?: readonly { readonly system?: string; readonly code?: string; readonly display?: string }[];
  readonly text?: string;
}

/** A person or group in a program. One for each pair, whatever its state. */
export const ProgramMembership = defineEntity({
  name: 'ProgramMembership',
  tableName: 'program_membership',
  properties: {
    id: p.integer().primary(),
    registrant: () => p.manyToOne(Registrant).deleteRule('cascade'),
    program: () => p.manyToOne(Program),
    state: p.enum(membershipStates).default('draft'),
    enrollmentDate: p.date().nullable(),
    exitDate: p.date().nullable(),
    exitReason: p.json<ExitReason>().nullable(),
    sourceSystem: p.text().nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: p.integer().version(),
  },
  uniques: [{ properties: ['registrant', 'program'] }],
  indexes: [{ properties: ['program', 'state', 'id'] }, { properties: ['createdAt', 'id'] }],
});

export type ProgramMembership = InferEntity<typeof ProgramMembership>;
