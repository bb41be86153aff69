import { filtersOf, type ResourceFilters } from '@sallyport/plugins/filters';
import { Program } from '../entities/index.ts';
import { conditionsOn } from '../rules/look-up.ts';
import { times } from './times.ts';

/** What programs can be filtered by (contract §15.2). */
export const programFilters: ResourceFilters = filtersOf(Program, {
  filters: {
    name: { type: 'contains', operators: ['ilike', 'like'], property: 'name', indexed: true, sort: true },
    state: { type: 'in', property: 'state', path: 'active', maxValues: 10, reveals: ['active'] },
    target_type: { type: 'exact', property: 'targetType', path: 'targetType' },
    active: {
      type: 'boolean',
      description: 'Whether the program has not ended.',
      reveals: ['active'],
      matches: (value, _operator, call) =>
        conditionsOn<Program>(call, 'program').eq('state', value === true ? 'active' : 'ended'),
    },
    ...times,
  },
});
