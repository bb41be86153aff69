import { ConfigurationError, SallyportError } from '../errors/index.ts';
import { defaultRepresentation } from '../fields/codec.ts';
import { propertyOfKind } from '../fields/property-path.ts';
import { schemaOfScalar } from '../fields/scalars.ts';
import { compare, isIn, type Operand } from '../query/condition.ts';
import type { ScalarProperty } from '../store/model.ts';
import { type KeyDefinition, type SeveralKeys, tellsTextsApart } from './key.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const keyTypes: ReadonlySet<string> = new Set(['uuid', 'integer', 'string']);
const LONGEST_KEY = 512;

/** The operand that a key's text stands for, or `undefined` when it is not of the column's form. */
function operandOf(property: ScalarProperty, text: string): Operand | undefined {
  if (text.length > LONGEST_KEY || text === '') return undefined;
  switch (property.type) {
    case 'uuid':
      return uuid.test(text) ? text.toLowerCase() : undefined;
    case 'integer': {
      const value = Number(text);
      return /^(0|-?[1-9][0-9]{0,9})$/.test(text) && Math.abs(value) <= 2_147_483_647 ? value : undefined;
    }
    case 'string':
      return text;
    default:
      return undefined;
  }
}

/**
 * A column of the record's own that is unique and may be shown: a code, a slug, a UUID.
 * A primary key that counts up is no natural key: use {@link maskedKey}.
 */
export function naturalKey(name: string): KeyDefinition {
  return {
    kind: 'natural',
    compile({ model, path }) {
      const property = propertyOfKind(model, name, 'scalar', path);
      if (!keyTypes.has(property.type)) {
        throw new ConfigurationError(path, `"${name}" is ${property.type}; a key is a text, an integer or a UUID`);
      }
      if (!model.uniques.some((names) => names.length === 1 && names[0] === name)) {
        throw new ConfigurationError(path, `"${name}" of ${model.name} is not unique: two records could have one key`);
      }
      return {
        schema: schemaOfScalar(property, defaultRepresentation),
        unique: true,
        order: property,
        read(selection) {
          const column = selection.column<string | number | null>(property);
          return (row) => {
            const value = column(row);
            return value === null ? undefined : String(value);
          };
        },
        condition(text) {
          const value = operandOf(property, text);
          if (value === undefined) throw new SallyportError('malformed_key', { detail: 'The key is not well formed.' });
          return compare(property, 'eq', value);
        },
        ...(tellsTextsApart(property) ? { several: severalOf(property) } : {}),
        ...(property.primary
          ? {
              primary: {
                encode: (value: unknown) => String(value),
                decode: (text: string) => operandOf(property, text),
              },
            }
          : {}),
      };
    },
  };
}

function severalOf(property: ScalarProperty): SeveralKeys {
  return {
    condition(texts) {
      const values = texts.map((text) => operandOf(property, text)).filter((value) => value !== undefined);
      return isIn(property, values);
    },
    names(selection) {
      const column = selection.column<string | number | null>(property);
      return (row) => {
        const value = column(row);
        return value === null ? [] : [String(value)];
      };
    },
    name: (text) => String(operandOf(property, text)),
  };
}

/** A UUID column. */
export function uuidKey(name: string): KeyDefinition {
  return { ...naturalKey(name), kind: 'uuid' };
}
