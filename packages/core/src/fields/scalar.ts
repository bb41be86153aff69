import { ConfigurationError } from '../errors/index.ts';
import { applyMask } from '../query/field-selection.ts';
import type { ValueLeaf } from '../query/gate.ts';
import type { JsonSchema } from '../road/route.ts';
import type { ScalarProperty } from '../store/model.ts';
import type { CodecContext, CompiledCodec, FieldCodec, Representation } from './codec.ts';
import { slotReader } from './object-reader.ts';
import { propertyOfKind } from './property-path.ts';
import { decodeScalar, encoderOf, schemaOfScalar } from './scalars.ts';

/** What a scalar field may say beyond its column. */
export interface ScalarOptions {
  /** Further JSON Schema keywords: `{ minLength: 1, pattern: '^[A-Z]', minimum: 0 }`. */
  readonly schema?: JsonSchema;
}

/** The filter leaf of a plain column. */
export function scalarLeaf(property: ScalarProperty): ValueLeaf {
  return {
    kind: 'value',
    type: property.type,
    nullable: property.nullable,
    ...(property.values === undefined ? {} : { values: property.values }),
    along: (condition) => condition,
    build: (test) => test(property),
  };
}

function unsetValue(property: ScalarProperty, { unset }: Representation): unknown {
  switch (property.type) {
    case 'string':
      return unset.string;
    case 'date':
    case 'time':
    case 'timestamp':
      return unset.date;
    case 'binary':
      return unset.binary;
    default:
      return unset.other;
  }
}

/** A column with a value of its own, shown as JSON of its type. Binary columns are base64 text. */
export function scalarCodec(name: string, options: ScalarOptions = {}): FieldCodec {
  return {
    kind: 'scalar',
    compile({ model, path, representation }: CodecContext): CompiledCodec {
      const property = propertyOfKind(model, name, 'scalar', path);
      if (property.primary) {
        throw new ConfigurationError(path, `"${name}" is the primary key; records are named by the resource's key`);
      }
      const schema = { ...schemaOfScalar(property, representation), ...options.schema };
      const encode = encoderOf(property, representation);
      const leaf = scalarLeaf(property);
      return {
        output: schema,
        input: property.version ? undefined : schema,
        nullable: property.nullable,
        required: !property.nullable && !property.generated,
        unset: unsetValue(property, representation),
        property,
        read(selection, { fields }) {
          const column = selection.column(property);
          if (property.type === 'json' && !fields.everything) {
            return (row) => {
              const raw = column(row);
              return raw === null ? undefined : applyMask(encode === undefined ? raw : encode(raw as never), fields);
            };
          }
          if (encode === undefined) {
            return slotReader(column, selection.slotOf(property));
          }
          return (row) => {
            const raw = column(row);
            return raw === null ? undefined : encode(raw as never);
          };
        },
        write(entity, value) {
          entity[name] = decodeScalar(property, value);
        },
        leaf: () => leaf,
        order: [{ property, through: [] }],
      };
    },
  };
}
