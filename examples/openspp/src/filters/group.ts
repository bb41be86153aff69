import type { ResourceFilters } from '@sallyport/plugins/filters';
import { registrantFilters } from './registrant.ts';

/** What groups can be filtered by (contract §15.2). */
export const groupFilters: ResourceFilters = { filters: registrantFilters };
