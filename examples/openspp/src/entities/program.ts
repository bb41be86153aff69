import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { trigram } from '../../migrations/expressions.ts';
import { ProgramIdentifier } from './program-identifier.ts';
import { ProgramMembership } from './program-membership.ts';
import { createdAt, updatedAt } from './types/timestamp.ts';
import { VocabularyCode } from './vocabulary-code.ts';

export const programTargets = ['individual', 'group'] as const;
export const programStates = ['active', 'ended'] as const;

/** A social protection program. */
export const Program = defineEntity({
  name: 'Program',
  tableName: 'program',
  properties: {
    id: p.integer().primary(),
    name: p.string().length(255).unique(),
    description: p.text().nullable(),
    eligibilityCriteria: p.text().nullable(),
    programType: () => p.manyToOne(VocabularyCode).nullable().deleteRule('restrict'),
    /** The text that was sent with the type; the code's display stands in for it when unset. */
    programTypeText: p.text().nullable(),
    targetType: p.enum(programTargets).default('group'),
    state: p.enum(programStates).default('active'),
    startDate: p.date().nullable(),
    /** `YYYY-MM-DD`, set when the program ended. */
    endDate: p.date().nullable(),
    sourceSystem: p.text().nullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: p.integer().version(),
    identifiers: () => p.oneToMany(ProgramIdentifier).mappedBy('program').orphanRemoval().orderBy({ id: 'asc' }),
    memberships: () => p.oneToMany(ProgramMembership).mappedBy('program'),
  },
  indexes: [{ name: 'program_name_trigram', expression: trigram('program_name_trigram', 'name') }],
});

export type Program = InferEntity<typeof Program>;
