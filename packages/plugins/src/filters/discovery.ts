import type { CallContext, JsonSchema } from '@sallyport/core';
import type { CompiledFilter } from './compile-filter.ts';
import type { CompiledPreset, CompiledResource } from './compile-resource.ts';
import { labelOf } from './names.ts';
import { operatorsOf } from './operators.ts';

/** What a caller may filter a resource by. */
export function discoveryOf(resource: CompiledResource, call: CallContext): Record<string, unknown> {
  const { plan, allowCustom, maxComplexity, filters, presets } = resource;
  return {
    resource: plan.type,
    allow_custom_filters: allowCustom,
    max_filter_complexity: maxComplexity,
    filters: [...filters.values()].filter((filter) => filter.usableBy(call)).map(described),
    presets: [...presets.values()].filter((preset) => preset.usableBy(call)).map(presented),
  };
}

function described({ name, declaration, operators, shape }: CompiledFilter): Record<string, unknown> {
  const { type, label = labelOf(name), description = '', path = name, required = false, indexed = false } = declaration;
  return {
    name,
    field_path: path,
    filter_type: type,
    label,
    description,
    allowed_operators: operators,
    required,
    is_indexed: indexed,
    ...(type === 'in' || type === 'nin' ? { max_values: shape.maxValues } : {}),
  };
}

function presented({ name, declaration }: CompiledPreset): Record<string, unknown> {
  const { label = labelOf(name), description = '' } = declaration;
  return { name, label, description };
}

const text = (description: string) => ({ type: 'string', description }) as const;
const flag = (description: string) => ({ type: 'boolean', description }) as const;
const whole = { type: 'integer', minimum: 1 } as const;

/** The schema of what {@link discoveryOf} answers. */
export const discoverySchema: JsonSchema = {
  title: 'Filters',
  type: 'object',
  properties: {
    resource: text('The type of the records.'),
    allow_custom_filters: flag('Whether a body may name fields of the resource besides.'),
    max_filter_complexity: { ...whole, description: 'Most comparisons of a search.' },
    filters: {
      type: 'array',
      description: 'What the caller may filter by.',
      items: {
        title: 'Filter',
        type: 'object',
        properties: {
          name: text('What conditions call it.'),
          field_path: text('The member of the records that it is about.'),
          filter_type: { type: 'string', enum: Object.keys(operatorsOf), description: 'What it compares.' },
          label: text('What people call it.'),
          description: text('What there is to know of it.'),
          allowed_operators: {
            type: 'array',
            items: { type: 'string' },
            minItems: 1,
            description: 'The operators that it takes, the usual one first.',
          },
          required: flag('Whether every search with a body must use it.'),
          is_indexed: flag('Whether it is quick.'),
          max_values: { ...whole, description: 'Of the types in and nin.' },
        },
        required: [
          'name',
          'field_path',
          'filter_type',
          'label',
          'description',
          'allowed_operators',
          'required',
          'is_indexed',
        ],
      },
    },
    presets: {
      type: 'array',
      description: 'Conditions under a name.',
      items: {
        title: 'Preset',
        type: 'object',
        properties: {
          name: text('What a body calls it.'),
          label: text('What people call it.'),
          description: text('What it stands for.'),
        },
        required: ['name', 'label', 'description'],
      },
    },
  },
  required: ['resource', 'allow_custom_filters', 'max_filter_complexity', 'filters', 'presets'],
};
