import {
  customParameter,
  defineResource,
  key,
  parseToken,
  type ResourceDescriptor,
  splitIdentifier,
  where,
} from '@sallyport/core';
import { Program, programStates, programTargets } from '../entities/index.ts';
import { parameterFault, said } from '../errors.ts';
import { typeField } from '../fields/constants.ts';
import { meta } from '../fields/meta.ts';
import { programActive, programIdentifiers, programPeriod, programType } from '../fields/program.ts';
import { conditionsOn } from '../rules/look-up.ts';
import { checkProgramName, checkTarget, claimProgramIdentifiers, settleState } from '../rules/programs.ts';
import { programSystem } from '../vocabulary/index.ts';
import { firstIdentifier } from './individual.ts';
import { containsParameter, lastWins } from './parameters.ts';
import { largest } from './search-limits.ts';
import { failures } from './write-failures.ts';

const stored = key.external({ through: 'identifiers', system: 'system', value: 'value', order: ['id'] });

/**
 * A program is named by its identifiers; one that was stored without a slug also by its name, hyphens read as spaces
 * (contract §11.2).
 */
const programKey: typeof stored = {
  kind: stored.kind,
  compile(context) {
    const compiled = stored.compile(context);
    return {
      ...compiled,
      condition(text, call) {
        const own = compiled.condition(text, call);
        const named = splitIdentifier(text);
        if (named?.system !== programSystem) return own;
        const on = where<Program>(context.model);
        const name = named.value.replaceAll('-', ' ');
        const unslugged = on.not(on.related('identifiers', (identifier) => identifier.eq('system', programSystem)));
        return on.or(own, on.and(unslugged, on.equalsIgnoringCase('name', name)));
      },
    };
  },
};

/** A social protection program (contract §11). It is no personal data: consents have no say in it. */
export const program: ResourceDescriptor = defineResource(Program, {
  name: 'program',
  type: 'Program',
  path: '/Program',
  description: 'A social protection program.',
  tags: ['Program'],
  key: programKey,
  keyName: null,
  version: 'updatedAt',
  versionShownIn: 'meta',
  fields: (f) => ({
    type: typeField(f, 'Program'),
    identifier: programIdentifiers(f),
    active: programActive(f),
    name: f.field('name', {
      schema: { minLength: 1, pattern: '\\S' },
      description: 'The name; no two programs share one.',
    }),
    description: f.field('description', { schema: { maxLength: 20_000 }, description: 'What the program is for.' }),
    programType: programType(f),
    targetType: f.field('targetType', {
      required: true,
      description: 'Whom it is for: persons or groups. Fixed once there are memberships.',
    }),
    eligibilityCriteria: f.field('eligibilityCriteria', {
      schema: { maxLength: 20_000 },
      description: 'Who can be in it, in words.',
    }),
    period: programPeriod(f),
    meta: meta(f),
  }),
  parameters: {
    identifier: customParameter({
      ...lastWins,
      description: 'An identifier, system|value.',
      error: parameterFault('filter_identifier_malformed'),
      parse: parseToken,
      matches: ({ system, value }, call) =>
        conditionsOn<Program>(call, 'program').related('identifiers', (each) =>
          each.and(each.eq('system', system), each.eq('value', value)),
        ),
    }),
    name: containsParameter<Program>('program', 'Part of the name.', ['name'], ['name']),
    status: {
      kind: 'choice',
      ...lastWins,
      description: 'The state of the program.',
      reveals: ['active'],
      values: programStates,
      error: parameterFault('filter_value_unknown', {
        parameter: 'status',
        values: `one of ${programStates.join(', ')}`,
      }),
      matches: (state, call) =>
        // The declared values are the column's.
        conditionsOn<Program>(call, 'program').eq('state', state as (typeof programStates)[number]),
    },
    type: customParameter<string>({
      ...lastWins,
      description: 'The programType: a code, or system|code.',
      reveals: ['programType'],
      parse: (text) => text,
      matches: (text, call) =>
        conditionsOn<Program>(call, 'program').related('programType', (type) => {
          const token = splitIdentifier(text);
          if (token === undefined) return type.eq('code', text);
          return type.and(type.eq('system', token.system), type.eq('code', token.value));
        }),
    }),
    targetType: {
      kind: 'choice',
      ...lastWins,
      field: 'targetType',
      unknown: 'nothing',
      description: 'The kind of beneficiary.',
      values: programTargets,
    },
  },
  operations: {
    search: { limit: { default: 20, max: 100 }, maxOffset: largest, count: 'exact', stream: true, nulls: 'print' },
    read: { nulls: 'print' },
    create: { nulls: 'print' },
    update: { nulls: 'print' },
    replace: { nulls: 'print', absent: 'keep', addressedBy: firstIdentifier },
  },
  hooks: {
    async beforeWrite(written, context) {
      const { operation, unit } = context;
      await checkProgramName(unit.em, written);
      if (operation === 'create') await claimProgramIdentifiers(unit.em, written);
      else await checkTarget(unit.em, written);
      if (Object.keys(context.body).length > 0) settleState(written, context);
    },
  },
  errors: {
    ...failures({ create: 'request_rejected', replace: 'request_rejected', update: 'request_rejected' }),
    not_found: said('program_not_found'),
    duplicate: (error) => said(error.facts.entity === 'Program' ? 'program_name_taken' : 'program_identifier_in_use'),
  },
});
