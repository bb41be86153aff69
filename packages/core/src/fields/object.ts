import type { CodecContext, CompiledCodec, FieldCodec } from './codec.ts';
import { compileMembers, inputSchema, outputSchema, readMembers, writeMembers } from './members.ts';
import { membersGate } from './members-gate.ts';
import type { FieldDefinition } from './rules.ts';

export interface ObjectOptions {
  /** Shown even when all of its members are unset. */
  readonly always?: boolean;
  /** What members that are not set do; the API's rule when absent. */
  readonly nulls?: 'print' | 'omit';
}

/** A group of columns shown as one object: `name: { family, given }`. */
export function objectCodec(
  fields: Readonly<Record<string, FieldDefinition>>,
  options: ObjectOptions = {},
): FieldCodec {
  return {
    kind: 'object',
    compile(context: CodecContext): CompiledCodec {
      const members = compileMembers(fields, context);
      const nulls = options.nulls ?? context.representation.nulls;
      const writable = members.some(({ codec }) => codec.write !== undefined);
      const unsettable = members.filter(({ codec }) => codec.nullable).map(({ name }) => [name, null] as const);
      const required = members.some(
        ({ codec, rules, definition }) => definition.default === undefined && (rules.required ?? codec.required),
      );
      return {
        output: outputSchema(members, nulls === 'print'),
        input: writable
          ? inputSchema(members, { creating: true, partial: false, unknown: context.unknown })
          : undefined,
        nullable: options.always !== true && members.every(({ codec }) => codec.nullable),
        required,
        unset: null,
        populate: members.flatMap(({ codec }) => codec.populate ?? []),
        read(selection, scope) {
          const wanted = options.nulls ?? scope.nulls;
          const read = readMembers(members, selection, scope, 'omit');
          if (wanted === 'omit' && options.always === true) return read;
          const readAll = readMembers(members, selection, scope, wanted);
          if (options.always === true) return readAll;
          return (row) => (isEmpty(read(row)) ? undefined : readAll(row));
        },
        async write(entity, value, writing) {
          const body = value === null ? Object.fromEntries(unsettable) : value;
          await writeMembers(members, entity, body as Record<string, unknown>, writing);
        },
        members: (call) => membersGate(members, context.model, call),
      };
    },
  };
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
