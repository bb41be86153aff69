import { defineExtension, type Extension } from '@sallyport/plugins/extensions';

/** Switched off: what it holds is kept, and neither shown nor written. */
export const livestock: Extension = defineExtension({
  name: 'Livestock',
  url: 'urn:openspp:extension:livestock',
  module: 'spp_livestock',
  description: 'Animals of a household.',
  appliesTo: ['group'],
  fields: { x_cattle_count: { kind: 'integer', minimum: 0 } },
  active: false,
});
