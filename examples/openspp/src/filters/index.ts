import type { Plugin } from '@sallyport/core';
import { filters } from '@sallyport/plugins/filters';
import { filterWordings } from '../errors.ts';
import { groupFilters } from './group.ts';
import { individualFilters } from './individual.ts';
import { programFilters } from './program.ts';
import { programMembershipFilters } from './program-membership.ts';

/** Filter discovery and advanced search (contract §15). */
export function openSppFilters(): Plugin {
  return filters({
    format: 'searchset',
    errors: filterWordings,
    resources: {
      individual: individualFilters,
      group: groupFilters,
      program: programFilters,
      program_membership: programMembershipFilters,
    },
  });
}
