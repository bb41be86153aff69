import {
  codeableConcept,
  customParameter,
  defineResource,
  parseReference,
  type ResourceDescriptor,
} from '@sallyport/core';
import { membershipStates, ProgramMembership } from '../entities/index.ts';
import { fault, parameterFault, said } from '../errors.ts';
import { typeField } from '../fields/constants.ts';
import { meta } from '../fields/meta.ts';
import { beneficiaryIdentifiers, membershipBeneficiary, membershipProgram } from '../fields/program-membership.ts';
import { consentPolicy, notFound, refusals } from '../policies/consent.ts';
import { checkNotEnrolled, enrolmentRefusals } from '../policies/membership.ts';
import { needsConsent } from '../rules/caller.ts';
import {
  beneficiaryReference,
  conditionsOn,
  holdersOf,
  onlyNamed,
  programReference,
  resourceOfType,
} from '../rules/look-up.ts';
import {
  beneficiaryOf,
  checkEnrolment,
  checkNextState,
  membershipAddressing,
  settleEnrolment,
} from '../rules/program-memberships.ts';
import { consentAnswers, lastWins } from './parameters.ts';
import { beneficiaryKey } from './registrant-key.ts';
import { largest, searchAnswers } from './search-limits.ts';
import { failures } from './write-failures.ts';

export interface ProgramMembershipOptions {
  /** Whether a state can only be left for those of contract §22.7; any other change is possible when not. */
  readonly strictStates: boolean;
}

/** A person or group in a program (contract §12). */
export const programMembership = ({ strictStates }: ProgramMembershipOptions): ResourceDescriptor =>
  defineResource(ProgramMembership, {
    name: 'program_membership',
    type: 'ProgramMembership',
    path: '/ProgramMembership',
    description: 'A person or group in a program.',
    tags: ['ProgramMembership'],
    key: beneficiaryKey,
    keyName: null,
    version: 'updatedAt',
    versionShownIn: 'meta',
    addressing: membershipAddressing,
    fields: (f) => ({
      type: typeField(f, 'ProgramMembership'),
      identifier: beneficiaryIdentifiers(f),
      program: membershipProgram(f),
      beneficiary: membershipBeneficiary(f),
      status: f.field('state', { required: true, description: 'The state of the membership.' }),
      enrollmentDate: f.field('enrollmentDate', { description: 'The day of enrolment.' }),
      exitDate: f.field('exitDate', { description: 'The day on which the membership ended.' }),
      exitReason: f.field('exitReason', { schema: codeableConcept, description: 'Why it ended.' }),
      meta: meta(f),
    }),
    order: ['-createdAt', '-id'],
    parameters: {
      beneficiary: customParameter({
        ...lastWins,
        description: 'The person or group: Individual/system|value or Group/system|value.',
        reveals: ['beneficiary'],
        error: parameterFault('filter_beneficiary_malformed'),
        parse: (text) => parseReference(text, beneficiaryReference),
        async matches({ type = '', key }, call) {
          // Whose memberships may be read is asked of each: a beneficiary that may not be read itself is none the less one.
          const resource = resourceOfType[type] ?? '';
          const on = conditionsOn<ProgramMembership>(call, 'program_membership');
          if ((await holdersOf(call, [resource], key)) > 1) {
            if (needsConsent(call)) return on.never;
            throw fault('identifier_ambiguous');
          }
          const named = call.records(resource).named(key);
          return on.related('registrant', (registrant) =>
            registrant.and(registrant.eq('kind', resource as 'individual' | 'group'), named),
          );
        },
      }),
      program: customParameter({
        ...lastWins,
        description: 'The program: Program/system|value.',
        reveals: ['program'],
        error: parameterFault('filter_program_malformed'),
        parse: (text) => parseReference(text, programReference),
        matches: ({ key }, call) =>
          onlyNamed(call, 'program', key, (program) =>
            conditionsOn<ProgramMembership>(call, 'program_membership').eq('program', program),
          ),
      }),
      status: {
        kind: 'choice',
        ...lastWins,
        field: 'status',
        unknown: 'nothing',
        description: 'The state of the membership.',
        values: membershipStates,
      },
    },
    operations: {
      search: {
        limit: { default: 20, max: 100 },
        maxOffset: largest,
        count: 'exact',
        stream: true,
        responses: searchAnswers,
      },
      read: { nulls: 'print', responses: consentAnswers('ProgramMembership') },
      create: { nulls: 'print' },
      replace: { nulls: 'print', absent: 'keep', addressedBy: beneficiaryOf },
    },
    hooks: {
      async beforeWrite(membership, context) {
        if (context.operation === 'create') {
          await checkEnrolment(context.unit.em, membership);
          await checkNotEnrolled(membership, context);
        } else if (strictStates) checkNextState(membership, context);
        settleEnrolment(membership, context);
      },
    },
    policies: [consentPolicy('program_membership')],
    errors: {
      ...refusals,
      ...failures({ create: 'program_membership_create_failed', replace: 'program_membership_update_failed' }),
      ...enrolmentRefusals,
      not_found: (error, call) =>
        error.resource === 'program' && call !== undefined && !needsConsent(call)
          ? fault('program_not_found')
          : notFound('program_membership_not_found')(error, call),
      internal: (_error, call) => said(call?.operation === 'search' ? 'membership_search_failed' : 'internal_error'),
    },
  });
