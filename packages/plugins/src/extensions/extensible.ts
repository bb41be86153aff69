import {
  ConfigurationError,
  type CustomParameter,
  type FieldDefinition,
  knownOptions,
  type OptionNames,
  type ParameterFault,
  type PropertyName,
} from '@sallyport/core';
import { extensionsCodec } from './codec.ts';
import type { CodeSource } from './codes.ts';
import type { Extension } from './declaration.ts';
import { parametersOf } from './search.ts';

/** How extensions stand in a resource. */
export interface ExtensibleOptions<E> {
  /** Name of the resource. */
  readonly resource: string;
  /** The JSON column that they are kept in; it may be null. */
  readonly property: PropertyName<E>;
  /** All extensions that there are: those that apply to the resource and are active are taken. */
  readonly extensions: readonly Extension[];
  /** The name of the field in the descriptor. Default `extension`. */
  readonly field?: string;
  /** Where codes are kept; needed for fields of the kind `code`. */
  readonly codes?: CodeSource;
  readonly description?: string;
  /** Words the fault of a search by a text that is no value; `form` says what is expected. */
  readonly parameterFault?: (parameter: string, form: string) => ParameterFault;
}

/** What a descriptor takes up. */
export interface Extensible {
  readonly field: FieldDefinition;
  /** One for each field that can be searched by: `fisher.boatCount`. */
  readonly parameters: Readonly<Record<string, CustomParameter<NonNullable<unknown>>>>;
}

const names: OptionNames<ExtensibleOptions<unknown>> = {
  resource: true,
  property: true,
  extensions: true,
  field: true,
  codes: true,
  description: true,
  parameterFault: true,
};

/**
 * The field of a resource's extensions, and its search parameters. The parameters need the field, and an API with it the
 * plugin `extensions()`: its start says so.
 *
 * @throws ConfigurationError for an option that there is none of, and two extensions that answer to one key, URL or name
 * @see docs/guides/extensions.md
 */
export function extensible<E>(options: ExtensibleOptions<E>): Extensible {
  knownOptions('extensible', options, names);
  const { resource, property, field = 'extension', codes, parameterFault } = options;
  const { description = 'Extensions, by their keys: shown when they are asked for.' } = options;
  const own = options.extensions.filter(({ active, appliesTo }) => active && appliesTo.includes(resource));
  assertDistinct(own);
  const codec = extensionsCodec(property, own, codes);
  return {
    field: { codec, rules: { description } },
    parameters: Object.fromEntries(
      own.flatMap((extension) => parametersOf(extension, { resource, property, field, parameterFault })),
    ),
  };
}

function assertDistinct(extensions: readonly Extension[]): void {
  const owners = new Map<string, Extension>();
  for (const extension of extensions) {
    for (const text of new Set([extension.key, extension.url, extension.name])) {
      const other = owners.get(text);
      if (other !== undefined) {
        throw new ConfigurationError(`extensions.${extension.key}`, `${other.key} answers to "${text}" too`);
      }
      owners.set(text, extension);
    }
  }
}
