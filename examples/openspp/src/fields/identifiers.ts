import { createContext, Script } from 'node:vm';
import type { EntityManager } from '@mikro-orm/core';
import type { FieldBuilder, FieldDefinition } from '@sallyport/core';
import { type Identifier, type Registrant, VocabularyCode } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { namespaces } from '../vocabulary/index.ts';
import { unstoredPeriod } from './constants.ts';

/** The type of identifier of that URI. @throws SallyportError `identifier_type_unknown` [I7] */
export async function identifierType(em: EntityManager, system: string, example: string): Promise<VocabularyCode> {
  const type = await em.findOne(VocabularyCode, { uri: system, system: namespaces.identifierType, active: true });
  if (type === null) throw fault('identifier_type_unknown', { system, example });
  return type;
}

/** Where patterns are tried: the only way to stop an expression that takes forever on some value. */
const trial: { expression?: RegExp; value?: string } = createContext(Object.create(null));
const attempt = new Script('expression.test(value)');
const mostMilliseconds = 100;

/** Whether a value fits its type's pattern; one that is no expression, or comes to no end, fits nothing. */
function fits(pattern: string | null | undefined, value: string): boolean {
  if (pattern === null || pattern === undefined || pattern === '') return true;
  try {
    trial.expression = new RegExp(`^(?:${pattern})$`, 'u');
    trial.value = value;
    return attempt.runInContext(trial, { timeout: mostMilliseconds }) === true;
  } catch {
    return false;
  }
}

/**
 * The live identifiers of a registrant, newest first (contract §7.2). They are given when it is made and cannot be
 * changed over the API.
 */
export function registrantIdentifiers(f: FieldBuilder<Registrant>, example: string): FieldDefinition {
  return f.list(
    'identifiers',
    (each: FieldBuilder<Identifier>) => ({
      system: each.custom<{ uri: 'type.uri' }, string>({
        description: `Kind of identifier: a URI, urn:openspp:vocab:id-type#${example}.`,
        reads: { uri: 'type.uri' },
        nullable: false,
        required: true,
        output: { type: 'string' },
        input: { type: 'string' },
        encode: ({ uri }) => uri,
        async assign(identifier, system, { unit, later }) {
          if (system === null) return;
          const type = await identifierType(unit.em, system, example);
          identifier.type = type;
          later(() => {
            const { value } = identifier;
            if (!fits(type.pattern, value)) {
              throw fault('identifier_value_invalid', { display: type.display, value });
            }
          });
        },
      }),
      value: each.field('value', { schema: { minLength: 1 }, description: 'The identifier itself.' }),
      period: unstoredPeriod(each),
    }),
    {
      description:
        'Identifiers, the newest first; one of them, system|value, is the key. Given when the record is made.',
      always: true,
      write: 'create',
      items: { min: 1, max: 50 },
      where: (_call, where) => where.ne('status', 'invalid'),
      order: ['-id'],
    },
  );
}
