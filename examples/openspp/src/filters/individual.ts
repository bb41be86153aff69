import { splitIdentifier } from '@sallyport/core';
import { filtersOf, type ResourceFilters } from '@sallyport/plugins/filters';
import { Registrant } from '../entities/index.ts';
import { onRegistrants } from '../rules/look-up.ts';
import { namespaces } from '../vocabulary/index.ts';
import { registrantFilters } from './registrant.ts';

/** What people can be filtered by (contract §15.2). */
export const individualFilters: ResourceFilters = {
  filters: {
    ...registrantFilters,
    ...filtersOf(Registrant, {
      filters: {
        birthdate: {
          type: 'range',
          property: 'birthDate',
          path: 'birthDate',
          label: 'Birth date',
          indexed: true,
          sort: true,
          reveals: ['birthDate'],
        },
        gender_id: {
          type: 'exact',
          path: 'gender',
          label: 'Gender',
          description: 'system|code, or a code of urn:iso:std:iso:5218.',
          reveals: ['gender'],
          matches(value, operator, call) {
            const on = onRegistrants(call);
            const { system, value: code } = splitIdentifier(String(value)) ?? {
              system: namespaces.gender,
              value: String(value),
            };
            const holds = on.related('gender', (gender) =>
              gender.and(gender.eq('system', system), gender.eq('code', code)),
            );
            return operator === 'ne' ? on.not(holds) : holds;
          },
        },
        phone: {
          type: 'contains',
          operators: ['ilike', 'like'],
          property: 'phone',
          path: 'telecom',
          reveals: ['telecom'],
        },
        phone_exists: {
          type: 'null',
          property: 'phone',
          path: 'telecom',
          label: 'Without a phone',
          description: 'true: has no telephone number; false: has one.',
          reveals: ['telecom'],
        },
        email: {
          type: 'contains',
          operators: ['ilike', 'like'],
          property: 'email',
          path: 'telecom',
          indexed: true,
          reveals: ['telecom'],
        },
      },
    }).filters,
  },
};
