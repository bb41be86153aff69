import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Program } from './program.ts';

/** A name of a program: `urn:openspp:program|river-valley-cash-plus`. No two programs share one. */
export const ProgramIdentifier = defineEntity({
  name: 'ProgramIdentifier',
  tableName: 'program_identifier',
  properties: {
    id: p.integer().primary(),
    program: () => p.manyToOne(Program).deleteRule('cascade').index(),
    system: p.string().length(255),
    value: p.string().length(255),
  },
  uniques: [{ properties: ['system', 'value'] }],
});

export type ProgramIdentifier = InferEntity<typeof ProgramIdentifier>;
