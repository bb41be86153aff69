import { ConfigurationError } from '../errors/index.ts';
import { compare, isIn, nothing } from '../query/condition.ts';
import type { KeyCodec, KeyDefinition } from './key.ts';

/** The primary key, masked by the API's key scheme (plugin hashids): the number itself never leaves. */
export function maskedKey(): KeyDefinition {
  return {
    kind: 'masked',
    compile({ model, resource, path, scheme }) {
      if (scheme === undefined) {
        throw new ConfigurationError(path, 'a masked key needs a plugin that masks primary keys, such as hashids()');
      }
      const { primaryKey } = model;
      const codec: KeyCodec = scheme.forResource(resource, primaryKey);
      return {
        schema: codec.schema,
        unique: true,
        // The order in which records were made, which every search ends in anyway: it shows no number.
        order: primaryKey,
        read(selection) {
          const column = selection.column<string | number>(primaryKey);
          return (row) => {
            const value = column(row);
            return value === null ? undefined : codec.encode(value);
          };
        },
        condition(text) {
          const value = codec.decode(text);
          return value === undefined ? nothing : compare(primaryKey, 'eq', value);
        },
        several: {
          condition: (texts) =>
            isIn(
              primaryKey,
              texts.map((text) => codec.decode(text)).filter((value) => value !== undefined),
            ),
          names(selection) {
            const column = selection.column<string | number>(primaryKey);
            return (row) => [codec.encode(column(row))];
          },
          name: (text) => text,
        },
        primary: {
          encode: (value) => codec.encode(value as string | number),
          decode: (text) => codec.decode(text),
        },
      };
    },
  };
}
