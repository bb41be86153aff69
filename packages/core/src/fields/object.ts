import type { CodecContext, CompiledCodec, FieldCodec } from './codec.ts';
import { compileMembers, inputSchema, outputSchema, readMembers, writeMembers } from './members.ts';
import { membersGate } from './members-gate.ts';
import type { FieldDefinition } from './rules.ts';
import { showsPath } from './shown-path.ts';
import { verifyMembers } from './verify.ts';

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
      const { unknown } = context;
      const members = compileMembers(fields, context);
      const nulls = options.nulls ?? context.representation.nulls;
      const writable = members.some(({ codec }) => codec.write !== undefined);
      const unsettable = members.filter(({ codec }) => codec.nullable).map(({ name }) => [name, null] as const);
      const required = members.some(
        ({ codec, rules, definition }) => definition.default === undefined && (rules.required ?? codec.required),
      );
      return {
        // Asked for when all resources are there, since members may be relations to them.
        get output() {
          return outputSchema(members, nulls === 'print');
        },
        get input() {
          return writable ? inputSchema(members, { creating: true, partial: false, unknown }) : undefined;
        },
        get patch() {
          return inputSchema(members, { creating: false, partial: true, unknown });
        },
        nullable: options.always !== true && members.every(({ codec }) => codec.nullable),
        required,
        unset: null,
        group: members,
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
        shows: (path, sight) => showsPath(members, path, sight),
        members: (call) => membersGate(members, context.model, call),
        verify: (check) => verifyMembers(members, context.path, check),
      };
    },
  };
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
