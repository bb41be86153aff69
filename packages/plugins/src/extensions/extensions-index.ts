import { quote, type Raw } from '@mikro-orm/core';

/**
 * The index behind searches by extensions, for the `indexes` of an entity: one for all fields of all extensions. Declared
 * there, so that the schema diff keeps it.
 *
 * @example indexes: [{ name: 'person_extension', expression: extensionsIndex('person_extension', 'extension') }]
 */
export function extensionsIndex<K extends string>(name: string, property: K) {
  return (columns: Readonly<Record<K, string>>, table: { readonly name: string }): Raw =>
    quote`create index ${name} on ${table.name} using gin (${columns[property]} jsonb_path_ops)`;
}
