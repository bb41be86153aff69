import { quote, type Raw } from '@mikro-orm/core';

/** The database's clock, not the transaction's: rows written by one transaction are told apart. */
export const databaseClock = 'clock_timestamp()';

/** A trigram index on text columns: it answers substring searches of each, whatever their case. Needs `pg_trgm`. */
export function trigram<K extends string>(name: string, ...properties: readonly [K, ...K[]]) {
  return (columns: Readonly<Record<K, string>>, table: { readonly name: string }): Raw => {
    const [first, ...others] = properties;
    const list = others.reduce(
      (made, property) => quote`${made}, ${columns[property]} gin_trgm_ops`,
      quote`${columns[first]} gin_trgm_ops`,
    );
    return quote`create index ${name} on ${table.name} using gin (${list})`;
  };
}

/** Whether the terms of a consent hide names: a list of fields does that has no `name` (contract §8.2). */
export const hidesName = `("field_access" = 'custom' and not coalesce("custom_fields" @> '["name"]'::jsonb, false)) stored`;
