import { defineExtension, type Extension } from '@sallyport/plugins/extensions';
import { namespaces } from '../vocabulary/index.ts';

/** People and households that live on fishing (the example of contract §19). */
export const fisher: Extension = defineExtension({
  name: 'Fisher',
  url: 'urn:openspp:extension:fisher',
  module: 'spp_fisher_registry',
  description: 'People and households that live on fishing.',
  appliesTo: ['individual', 'group'],
  fields: {
    x_boat_count: { kind: 'integer', minimum: 0, maximum: 10_000, search: true, description: 'Boats that are owned.' },
    x_landing_site_id: {
      kind: 'code',
      system: namespaces.landingSite,
      search: true,
      description: 'Where the catch is landed.',
    },
    x_is_licensed: { kind: 'boolean', search: true, description: 'Whether a licence to fish is held.' },
  },
});
