import { SallyportError } from '../errors/index.ts';
import { all, compare } from '../query/condition.ts';
import { applyMask } from '../query/field-selection.ts';
import type { JsonSchema } from '../road/route.ts';
import type { CodecContext, CompiledCodec, FieldCodec } from './codec.ts';
import { conditionOnPath, propertyOfKind, resolvePath, selectPath } from './property-path.ts';
import { findOne } from './resolve.ts';

/** Where a coded value's parts stand on the entity of codes. */
export interface CodedOptions {
  /** Path of the code system's URI: `vocabulary.uri`. */
  readonly system: string;
  readonly code: string;
  readonly display: string;
  /** Whether the display is repeated as the value's text. Default true. */
  readonly text?: boolean;
  /** Only codes of these systems are accepted. */
  readonly systems: readonly string[];
  /** Systems whose codes stand for the same code of one of those: what is kept and shown is the latter. */
  readonly standIns?: Readonly<Record<string, string>>;
  /** Words the fault of an unknown code. */
  readonly error?: (system: string, code: string) => SallyportError;
}

const coding = {
  title: 'Coding',
  type: 'object',
  properties: {
    system: { type: 'string', maxLength: 1000, description: 'URI of the vocabulary that the code is of.' },
    code: { type: 'string', maxLength: 1000, description: 'The code.' },
    display: { type: ['string', 'null'], maxLength: 1000, description: 'What people call it; for reading only.' },
  },
  required: ['system', 'code'],
} as const satisfies JsonSchema;

/** The JSON Schema of a coded value: codings and a text. */
export const codeableConcept: JsonSchema = {
  title: 'CodeableConcept',
  type: 'object',
  properties: {
    coding: {
      type: 'array',
      items: coding,
      maxItems: 50,
      description: 'Codes; of several that are sent the first counts.',
    },
    text: { type: ['string', 'null'], maxLength: 4000, description: 'The same in words.' },
  },
};

/** The first coding of a coded value, when it has one. */
export function firstCoding(value: unknown): { readonly system: string; readonly code: string } | undefined {
  const codings = (value as { coding?: readonly { system: string; code: string }[] } | null)?.coding;
  return codings?.[0];
}

/** A to-one relation to a table of codes, shown as `{ coding: [{ system, code, display }], text }`. */
export function codedCodec(name: string, options: CodedOptions): FieldCodec {
  const { standIns = {} } = options;
  return {
    kind: 'coded',
    compile({ model, path, representation }: CodecContext): CompiledCodec {
      const relation = propertyOfKind(model, name, 'toOne', path);
      const system = resolvePath(relation.target, options.system, path);
      const code = resolvePath(relation.target, options.code, path);
      const display = resolvePath(relation.target, options.display, path);
      return {
        output: codeableConcept,
        input: codeableConcept,
        nullable: relation.nullable,
        required: !relation.nullable,
        unset: representation.unset.toOne,
        property: relation,
        read(selection, { fields, state }) {
          // Codes are other records: their displays change without a new version of this one.
          state.varies = true;
          const joined = selection.toOne(relation);
          const readSystem = selectPath<string | null>(joined, system);
          const readCode = selectPath<string | null>(joined, code);
          const readDisplay = selectPath<string | null>(joined, display);
          return (row) => {
            const value = readCode(row);
            if (value === null) return undefined;
            const text = readDisplay(row);
            const coding = [{ system: readSystem(row), code: value, display: text }];
            return applyMask(options.text === false ? { coding } : { coding, text }, fields);
          };
        },
        async write(entity, value, context) {
          const sent = value === null ? undefined : firstCoding(value);
          if (sent === undefined) {
            entity[name] = null;
            return;
          }
          const asked = Object.hasOwn(standIns, sent.system) ? (standIns[sent.system] ?? '') : sent.system;
          const where = all(
            conditionOnPath(system, (property) => compare(property, 'eq', asked)),
            conditionOnPath(code, (property) => compare(property, 'eq', sent.code)),
          );
          const found = options.systems.includes(asked) ? await findOne(relation.target, where, context) : 'unresolved';
          if (typeof found === 'string') {
            throw options.error?.(sent.system, sent.code) ?? unknownCode(context.path, sent);
          }
          entity[name] = context.unit.em.getReference(relation.target.entity, found.primaryKey as never);
        },
      };
    },
  };
}

function unknownCode(path: readonly (string | number)[], sent: { system: string; code: string }): SallyportError {
  const message = 'The code is not one of its system.';
  return new SallyportError('invalid_body', {
    issues: [{ in: 'body', path, code: 'reference', message, input: sent }],
  });
}
