import { ConfigurationError, isForbiddenName, knownOptions, nearestName, type OptionNames } from '@sallyport/core';

interface AnyField {
  /** For documents. */
  readonly description?: string;
  /** Whether records can be searched by its value, by the parameter `<key>.<name>`: equal to it, one of several holds it. */
  readonly search?: boolean;
}

/** One field of an extension, by the kind of its values. */
export type ExtensionField = AnyField &
  (
    | {
        readonly kind: 'text';
        /** Most characters. Default 2000. */
        readonly maxLength?: number;
        /** A regular expression of JSON Schema. */
        readonly pattern?: string;
      }
    | { readonly kind: 'integer' | 'number'; readonly minimum?: number; readonly maximum?: number }
    | { readonly kind: 'boolean' }
    /** `date` is a calendar date, `timestamp` an instant, shown in UTC with milliseconds. */
    | { readonly kind: 'date' | 'timestamp' }
    /** One of a closed list, shown as it is. */
    | { readonly kind: 'choice'; readonly values: readonly [string, ...string[]] }
    /** A code of a code system, shown as a `CodeableConcept` with a text; `many`: a list of them. */
    | { readonly kind: 'code'; readonly system: string; readonly many?: boolean }
    /** A record of another resource, named by a property of it that is unique; `many`: a list of names. */
    | { readonly kind: 'reference'; readonly resource: string; readonly by: string; readonly many?: boolean }
  );

/** What is said of an extension. */
export interface ExtensionOptions {
  /** What people call it; callers may ask for it by this name. */
  readonly name: string;
  /** Unique: `urn:example:extension:fisher`. */
  readonly url: string;
  /**
   * The member that it stands under, and the name that consents and policies know it by. Absent: the last segment of a
   * `url` that is a URN of four segments or more, else the name in small letters with `_` for spaces.
   */
  readonly key?: string;
  /** The module that brings it, for documents of the API. */
  readonly module: string;
  readonly description?: string;
  /** Names of the resources that have it. */
  readonly appliesTo: readonly [string, ...string[]];
  /** By storage names: `x_boat_count` is shown as `boatCount`, `x_landing_site_id` as `landingSite`. */
  readonly fields: Readonly<Record<string, ExtensionField>>;
  /** Default true. What an inactive one holds is kept, and neither listed nor shown nor written. */
  readonly active?: boolean;
}

/** An extension, checked; made by {@link defineExtension}. */
export interface Extension extends Omit<ExtensionOptions, 'key' | 'active' | 'fields'> {
  readonly key: string;
  readonly active: boolean;
  readonly fields: readonly NamedField[];
}

/** A field under both of its names. */
export interface NamedField {
  readonly storageName: string;
  /** As callers know it. */
  readonly name: string;
  readonly field: ExtensionField;
}

/** `x_landing_site_id` → `landingSite`. */
export function wireName(storageName: string): string {
  return storageName
    .replace(/^x_/, '')
    .replace(/_id$/, '')
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function keyOf({ key, url, name }: ExtensionOptions): string {
  const segments = url.split(':');
  if (key !== undefined) return key;
  if (segments[0] === 'urn' && segments.length >= 4) return segments.at(-1) ?? '';
  return name.toLowerCase().replaceAll(' ', '_');
}

const optionNames: OptionNames<ExtensionOptions> = {
  name: true,
  url: true,
  key: true,
  module: true,
  description: true,
  appliesTo: true,
  fields: true,
  active: true,
};

type Kind = ExtensionField['kind'];
type FieldOf<K extends Kind, F = ExtensionField> = F extends ExtensionField ? (K extends F['kind'] ? F : never) : never;

const everyField = { kind: true, description: true, search: true } as const;
const numeric = { ...everyField, minimum: true, maximum: true } as const;
/** The options of a field, by its kind. */
const fieldNames: { readonly [K in Kind]: OptionNames<FieldOf<K>> } = {
  text: { ...everyField, maxLength: true, pattern: true },
  integer: numeric,
  number: numeric,
  boolean: everyField,
  date: everyField,
  timestamp: everyField,
  choice: { ...everyField, values: true },
  code: { ...everyField, system: true, many: true },
  reference: { ...everyField, resource: true, by: true, many: true },
};

/** @throws ConfigurationError for a kind that there is none of, and an option that the kind has not */
function checkField(field: ExtensionField, place: string): void {
  const kinds = Object.keys(fieldNames);
  const { kind } = field;
  if (!kinds.includes(kind)) {
    const nearest = nearestName(String(kind), kinds);
    const meant = nearest === undefined ? `there are ${kinds.join(', ')}` : `did you mean "${nearest}"?`;
    throw new ConfigurationError(`${place}.kind`, `there is no kind "${kind}": ${meant}`);
  }
  knownOptions<object>(place, field, fieldNames[kind]);
}

/** Names that an extension shows by itself. */
const taken: ReadonlySet<string> = new Set(['url']);

/**
 * Declares fields that some deployments add to resources. They are kept as JSON in one column of the entity, shown on
 * request and written by merge patch; {@link extensible} puts them into a descriptor.
 *
 * @example defineExtension({ name: 'Fisher', url: 'urn:example:extension:fisher', module: 'fishers', appliesTo: ['person'],
 *   fields: { x_boat_count: { kind: 'integer', minimum: 0 } } })
 * @throws ConfigurationError for a key or a field name that cannot be, two fields of one name, and kinds and options that
 * there are none of
 * @see docs/guides/extensions.md
 */
export function defineExtension(options: ExtensionOptions): Extension {
  const key = keyOf(options);
  const place = `extensions.${key}`;
  knownOptions(place, options, optionNames);
  if (!/^[A-Za-z][\w-]*$/.test(key) || isForbiddenName(key)) {
    throw new ConfigurationError(place, 'a key is a letter and then letters, digits, _ and -');
  }
  for (const text of [options.name, options.url]) {
    if (!/^[^,*\s]([^,]*[^,\s])?$/.test(text)) {
      throw new ConfigurationError(place, `"${text}" cannot be asked for: it is empty, * or has a comma in it`);
    }
  }
  const { active = true, fields: declared, ...rest } = options;
  const fields = Object.entries(declared).map(([storageName, field]) => ({
    storageName,
    name: wireName(storageName),
    field,
  }));
  if (fields.length === 0) throw new ConfigurationError(`${place}.fields`, 'an extension has fields');
  const names = new Set<string>();
  for (const { storageName, name, field } of fields) {
    const here = `${place}.fields.${storageName}`;
    checkField(field, here);
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name) || isForbiddenName(name) || taken.has(name)) {
      throw new ConfigurationError(here, `a field cannot be shown as "${name}"`);
    }
    if (names.has(name)) throw new ConfigurationError(here, `another field is shown as "${name}"`);
    names.add(name);
  }
  return Object.freeze({ ...rest, key, active, fields });
}
