import { defineExtension, type Extension } from '@sallyport/plugins/extensions';

/** Where a household lives. */
export const dwelling: Extension = defineExtension({
  name: 'Dwelling',
  url: 'urn:openspp:extension:dwelling',
  module: 'spp_dwelling',
  description: 'Where a household lives.',
  appliesTo: ['group'],
  fields: {
    x_room_count: { kind: 'integer', minimum: 0, maximum: 1000, description: 'Rooms that are lived in.' },
    x_wall_material: {
      kind: 'choice',
      values: ['brick', 'mud', 'timber', 'iron_sheet', 'other'],
      search: true,
      description: 'What the walls are made of.',
    },
    x_has_electricity: { kind: 'boolean', description: 'Whether there is electricity.' },
    x_surveyed_on: { kind: 'date', description: 'The day on which this was seen.' },
    x_remarks: { kind: 'text', maxLength: 1000, description: 'Anything else about the dwelling.' },
  },
});
