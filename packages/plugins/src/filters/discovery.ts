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

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const whole = { type: 'integer', minimum: 1 } as const;

/** The schema of what {@link discoveryOf} answers. */
export const discoverySchema: JsonSchema = {
  title: 'Filters',
  type: 'object',
  properties: {
    resource: text,
    allow_custom_filters: flag,
    max_filter_complexity: whole,
    filters: {
      type: 'array',
      items: {
        title: 'Filter',
        type: 'object',
        properties: {
          name: text,
          field_path: text,
          filter_type: { type: 'string', enum: Object.keys(operatorsOf) },
          label: text,
          description: text,
          allowed_operators: { type: 'array', items: text, minItems: 1 },
          required: flag,
          is_indexed: flag,
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
      items: {
        title: 'Preset',
        type: 'object',
        properties: { name: text, label: text, description: text },
        required: ['name', 'label', 'description'],
      },
    },
  },
  required: ['resource', 'allow_custom_filters', 'max_filter_complexity', 'filters', 'presets'],
};
