import type { MikroORM } from '@mikro-orm/core';
import type { OpenAPIObject } from 'openapi3-ts/oas31';

const firstId = 2_077_000_021;
const idsOfTable = 10_000;

/** Where the ids of the table with this number begin: in a range where no other number of a test is. */
export const idOf = (table: number): number => firstId + table * idsOfTable;
/** A database id of the tests, as text. */
export const idPattern = /(?<![\d.])2077\d{6}(?!\d)/g;
export const isId = (value: number): boolean => value >= 2_077_000_000 && value < 2_078_000_000;

/** Words with an underscore, as names of the database are. */
export const snakeWords = /(?<![A-Za-z0-9_])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![A-Za-z0-9_])/g;

interface Named {
  readonly name: string;
}

/**
 * Names of the database that no answer has: columns, tables, constraints, indexes, sequences and functions. Without
 * an underscore they are words of the language, and those of the wire may be on it.
 */
export async function databaseWords(orm: MikroORM, document: OpenAPIObject): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const meta of orm.getMetadata().getAll().values()) {
    words.add(meta.tableName);
    for (const property of meta.props) for (const name of property.fieldNames ?? []) words.add(name);
  }
  const catalogues = [
    "select conname as name from pg_constraint where connamespace = 'public'::regnamespace",
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace",
    "select proname as name from pg_proc where pronamespace = 'public'::regnamespace and proname not like 'gin%' and proname not like 'gtrgm%'",
  ];
  for (const catalogue of catalogues) {
    for (const { name } of (await orm.em.getConnection().execute(catalogue)) as Named[]) words.add(name);
  }
  const wire = wireNames(document);
  return new Set([...words].filter((word) => word.includes('_') && !wire.has(word)));
}

/** The names that a document gives to what is sent and answered: properties, parameters, values, scopes. */
export function wireNames(document: OpenAPIObject): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (value: unknown) => {
    if (typeof value === 'string') for (const part of value.split(/[:\s]/)) names.add(part);
  };
  const walk = (value: unknown, key: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (['properties', 'scopes', 'mapping', 'headers', 'schemas', 'examples'].includes(key) && !Array.isArray(value)) {
      for (const name of Object.keys(value)) add(name);
    }
    if ((key === 'enum' || key === 'required') && Array.isArray(value)) for (const each of value) add(each);
    const { name, const: only, operationId } = value as Readonly<Record<string, unknown>>;
    for (const each of [name, only, operationId]) add(each);
    for (const [inner, member] of Object.entries(value)) walk(member, Array.isArray(value) ? key : inner);
  };
  walk(document, '');
  return names;
}
