import { filtersOf } from '@sallyport/plugins/filters';
import { Registrant } from '../entities/index.ts';
import { times } from './times.ts';

/** What persons and groups have in common. */
export const registrantFilters = filtersOf(Registrant, {
  filters: {
    name: {
      type: 'contains',
      operators: ['ilike', 'like'],
      property: 'name',
      indexed: true,
      sort: true,
      reveals: ['name'],
    },
    city: { type: 'contains', operators: ['ilike'], property: 'city', sort: true, reveals: ['address'] },
    state_id: {
      type: 'in',
      property: 'state',
      path: 'address.state',
      label: 'State',
      description: 'Names of states, as addresses have them.',
      maxValues: 50,
      reveals: ['address'],
    },
    country_id: {
      type: 'exact',
      operators: ['eq'],
      property: 'country.code',
      path: 'address.country',
      label: 'Country',
      description: 'The ISO 3166-1 alpha-2 code of a country.',
      reveals: ['address'],
    },
    active: {
      type: 'boolean',
      // Archived registrants appear in no search (contract §7.2), whatever it asks for.
      description: 'Whether it is not archived. Searches find none that is: `false` finds nothing.',
      property: 'active',
      reveals: ['active'],
    },
    ...times,
  },
}).filters;
