import { quote, type Raw } from '@mikro-orm/core';

/** The database's clock, not the transaction's: rows written by one transaction are told apart. */
export const databaseClock = 'clock_timestamp()';

/** A trigram index on a text column: it answers substring searches, whatever their case. Needs `pg_trgm`. */
export function trigram<K extends string>(name: string, property: K) {
  return (columns: Readonly<Record<K, string>>, table: { readonly name: string }): Raw =>
    quote`create index ${name} on ${table.name} using gin (${columns[property]} gin_trgm_ops)`;
}

/** Whether the terms of a consent hide names: a list of fields does that has no `name` (contract §8.2). */
export const hidesName = `("field_access" = 'custom' and not coalesce("custom_fields" @> '["name"]'::jsonb, false)) stored`;
