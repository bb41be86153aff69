import { applyMask } from '../query/field-selection.ts';
import type { JsonSchema } from '../road/route.ts';
import type { RowReader } from '../store/selection.ts';
import type { CodecContext, CompiledCodec, FieldCodec, ReadScope, WriteContext } from './codec.ts';
import { resolvePath, selectPath } from './property-path.ts';
import { encoderOf } from './scalars.ts';

/** Paths of scalar properties under names of your own, and to-many relations with paths of theirs. */
export type Reads = Readonly<Record<string, string>>;

/** What an encoder may know of the reading that it is part of. */
export type Reading = Pick<ReadScope, 'nulls'>;

/** What an encoder may know that is told the time. */
export interface TimedReading extends Reading {
  /** The time of the call. */
  readonly now: Date;
}

export interface CustomOptions {
  /** What `encode` is given: a name for each property path, `{ street: 'street', country: 'country.code' }`. */
  readonly reads: Reads;
  readonly output: JsonSchema;
  /** The value of the wire; `undefined` when it is unset. */
  readonly encode: (values: Readonly<Record<string, unknown>>, reading: TimedReading) => unknown;
  /** Whether the value depends on the time of the call, too: entity tags must then change without the record. Default false. */
  readonly timed?: boolean;
  /** Present when callers can write it. */
  readonly input?: JsonSchema;
  /** Puts a checked value onto the entity; `null` unsets it. */
  readonly assign?: (entity: never, value: never, context: WriteContext) => void | Promise<void>;
  /** Whether it can be unset. Default true. */
  readonly nullable?: boolean;
  /** Whether a create must carry it. Default false. */
  readonly required?: boolean;
}

/** A mapping of the user's own between properties and one JSON value. Without `assign` it is computed. */
export function customCodec(kind: 'custom' | 'computed', options: CustomOptions): FieldCodec {
  return {
    kind,
    compile(context: CodecContext): CompiledCodec {
      const paths = Object.entries(options.reads).map(([name, path]) => {
        const resolved = resolvePath(context.model, path, context.path);
        return { name, path: resolved, encode: encoderOf(resolved.property, context.representation) };
      });
      const { assign, input, timed = false } = options;
      return {
        output: options.output,
        input: assign === undefined ? undefined : input,
        nullable: options.nullable ?? true,
        required: options.required ?? false,
        unset: null,
        read(selection, { fields, nulls, state }) {
          if (timed || paths.some(({ path }) => path.through.length > 0)) state.varies = true;
          const reading = {
            nulls,
            get now(): Date {
              if (!timed || state.call === undefined) throw new Error(`${context.path} is not declared as timed`);
              return state.call.now;
            },
          };
          const readers = paths.map(({ name, path, encode }) => ({
            name,
            read: decoded(selectPath(selection, path), encode),
          }));
          return (row) => {
            const values: Record<string, unknown> = {};
            for (const { name, read } of readers) values[name] = read(row);
            return applyMask(options.encode(values, reading), fields);
          };
        },
        ...(assign === undefined
          ? {}
          : { write: (entity, value, writing) => assign(entity as never, value as never, writing) }),
      };
    },
  };
}

function decoded(read: RowReader<unknown>, encode: ((raw: never) => unknown) | undefined): RowReader<unknown> {
  if (encode === undefined) return read;
  return (row) => {
    const raw = read(row);
    return raw === null ? null : encode(raw as never);
  };
}
