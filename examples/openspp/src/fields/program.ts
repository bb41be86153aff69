import { codeableConcept, type FieldBuilder, type FieldDefinition, firstCoding } from '@sallyport/core';
import { type Program, VocabularyCode } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { periodSchema, unstoredPeriod } from './constants.ts';

/** A program's identifiers: any system; given when it is made (contract §11.4). */
export function programIdentifiers(f: FieldBuilder<Program>): FieldDefinition {
  return f.list(
    'identifiers',
    (each) => ({
      system: each.field('system', {
        schema: { minLength: 1, pattern: '^[^|]+$' },
        description: 'Kind of identifier: a URI.',
      }),
      value: each.field('value', { schema: { minLength: 1 }, description: 'The identifier itself.' }),
      period: unstoredPeriod(each),
    }),
    {
      description: 'Identifiers; each, system|value, is a key. Given when the program is made.',
      always: true,
      write: 'create',
      items: { min: 1, max: 50 },
      order: ['id'],
    },
  );
}

/** The type of a program, as it was sent (F28): a code of a vocabulary, and a text. */
export function programType(f: FieldBuilder<Program>): FieldDefinition {
  return f.custom({
    description: 'The type: a code of a vocabulary, or a text alone.',
    reads: {
      system: 'programType.system',
      code: 'programType.code',
      display: 'programType.display',
      text: 'programTypeText',
    },
    required: true,
    nullable: false,
    output: codeableConcept,
    input: codeableConcept,
    encode: ({ system, code, display, text }) => ({
      coding: code === null ? [] : [{ system, code, display }],
      text: text ?? display,
    }),
    async assign(program, sent: { readonly text?: string | null } | null, { unit }) {
      const coding = firstCoding(sent);
      program.programTypeText = sent?.text ?? null;
      if (coding === undefined) {
        program.programType = null;
        return;
      }
      const { system, code } = coding;
      const found = await unit.em.findOne(VocabularyCode, { system, code, active: true });
      if (found === null) throw fault('program_type_unknown', { system, code });
      program.programType = found;
    },
  });
}

/** `active` is the program's state; what follows from a change of it is a rule of the resource. */
export function programActive(f: FieldBuilder<Program>): FieldDefinition {
  return f.custom({
    description: 'Whether the program goes on; false ends it.',
    reads: { state: 'state' },
    nullable: false,
    output: { type: 'boolean' },
    input: { type: 'boolean' },
    encode: ({ state }) => state === 'active',
    assign(program, active: boolean | null) {
      program.state = active === false ? 'ended' : 'active';
    },
  });
}

/** The period, shown once the program has ended (contract §11.1). */
export function programPeriod(f: FieldBuilder<Program>): FieldDefinition {
  return f.custom({
    description: 'First and last day; shown once the program has ended.',
    reads: { state: 'state', start: 'startDate', end: 'endDate' },
    output: periodSchema,
    input: periodSchema,
    encode: ({ state, start, end }) => (state === 'ended' ? { start, end } : undefined),
    assign(program, sent: { readonly start?: string | null; readonly end?: string | null } | null) {
      if (sent === null || sent.start !== undefined) program.startDate = sent?.start ?? null;
      if (sent === null || sent.end !== undefined) program.endDate = sent?.end ?? null;
    },
  });
}
