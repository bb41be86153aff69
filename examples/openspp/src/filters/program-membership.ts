import { type Condition, nothing, type ParameterCall, parseReference, type ReferenceForm } from '@sallyport/core';
import { type FilterOperator, filtersOf, type ResourceFilters } from '@sallyport/plugins/filters';
import { ProgramMembership } from '../entities/index.ts';
import { fault, type OpenSppErrorCode } from '../errors.ts';
import { beneficiaryReference, conditionsOn, onlyNamed, programReference, resourceOfType } from '../rules/look-up.ts';
import { times } from './times.ts';

const day = 86_400_000;
/** How long an enrolment is recent, in days. */
const recent = 30;

/** The memberships of what a reference names: an unknown one has none, and leaves none over either (contract §17.1). */
async function ofNamed(
  { text, operator, call }: { readonly text: string; readonly operator: FilterOperator; readonly call: ParameterCall },
  property: 'program' | 'registrant',
  form: ReferenceForm,
  malformed: OpenSppErrorCode,
): Promise<Condition> {
  const reference = parseReference(text, form);
  if (reference === undefined) throw fault(malformed);
  const { type = '', key } = reference;
  const on = conditionsOn<ProgramMembership>(call, 'program_membership');
  const found = await onlyNamed(
    call,
    type === 'Program' ? 'program' : (resourceOfType[type] ?? ''),
    key,
    (primaryKey) => on.eq(property, primaryKey),
  );
  return operator === 'ne' && found !== nothing ? on.not(found) : found;
}

/** What program memberships can be filtered by (contract §15.2). */
export const programMembershipFilters: ResourceFilters = filtersOf(ProgramMembership, {
  filters: {
    state: { type: 'in', property: 'state', path: 'status', maxValues: 10, indexed: true, sort: true },
    program_id: {
      type: 'exact',
      path: 'program',
      label: 'Program',
      description: 'A reference: Program/system|value.',
      indexed: true,
      reveals: ['program'],
      matches: (value, operator, call) =>
        ofNamed({ text: String(value), operator, call }, 'program', programReference, 'filter_program_malformed'),
    },
    partner_id: {
      type: 'exact',
      path: 'beneficiary',
      label: 'Beneficiary',
      description: 'A reference: Individual/system|value or Group/system|value.',
      indexed: true,
      reveals: ['beneficiary'],
      matches: (value, operator, call) =>
        ofNamed(
          { text: String(value), operator, call },
          'registrant',
          beneficiaryReference,
          'filter_beneficiary_malformed',
        ),
    },
    enrollment_date: {
      type: 'range',
      operators: ['eq', 'gt', 'gte', 'lt', 'lte'],
      property: 'enrollmentDate',
      path: 'enrollmentDate',
      sort: true,
    },
    exit_date: { type: 'range', property: 'exitDate', path: 'exitDate', sort: true },
    has_exited: {
      type: 'null',
      property: 'exitDate',
      path: 'exitDate',
      label: 'Without an exit date',
      description: 'true: has no exit date; false: has one.',
    },
    ...times,
  },
  presets: {
    active_members: {
      label: 'Active members',
      description: 'Enrolled, or paused.',
      conditions: [{ field: 'state', operator: 'in', value: ['enrolled', 'paused'] }],
    },
    recently_enrolled: {
      label: 'Recently enrolled',
      description: `Enrolled within the last ${recent} days.`,
      conditions: [
        {
          field: 'enrollment_date',
          operator: 'gte',
          value: ({ now }) => new Date(now.getTime() - recent * day).toISOString().slice(0, 10),
        },
      ],
    },
    // Kept from clients: what a deployment's own code may offer in their stead.
    suspected_duplicates: {
      label: 'Suspected duplicates',
      description: 'Marked as another membership of the same person.',
      conditions: [{ field: 'state', operator: 'in', value: ['duplicated'] }],
      public: false,
    },
  },
});
