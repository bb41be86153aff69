import type { EntityManager } from '@mikro-orm/core';
import {
  Country,
  IdentifierLock,
  identifierLocks,
  OrganizationType,
  Vocabulary,
  VocabularyCode,
} from '../entities/index.ts';
import { codeSystems, codeUri, organizationTypes } from './code-systems.ts';
import { countries } from './countries.ts';

/**
 * Adds what the database lacks of the shipped code systems, types of organisation, countries and identifier locks.
 * What is there is left as it is, whatever an administrator made of it. Run it inside a transaction.
 */
export async function loadVocabulary(em: EntityManager): Promise<void> {
  const knownCountries = new Set((await em.findAll(Country)).map((country) => country.code));
  await em.insertMany(
    Country,
    countries().filter((country) => !knownCountries.has(country.code)),
  );
  const knownTypes = new Set((await em.findAll(OrganizationType)).map((type) => type.code));
  await em.insertMany(
    OrganizationType,
    organizationTypes
      .map((type, index) => ({ ...type, sequence: index + 1 }))
      .filter((type) => !knownTypes.has(type.code)),
  );
  if ((await em.count(IdentifierLock)) === 0) {
    await em.insertMany(
      IdentifierLock,
      Array.from({ length: identifierLocks }, (_, slot) => ({ slot })),
    );
  }

  const knownSystems = new Set((await em.findAll(Vocabulary)).map((vocabulary) => vocabulary.namespace));
  await em.insertMany(
    Vocabulary,
    codeSystems
      .filter(({ namespace }) => !knownSystems.has(namespace))
      .map(({ namespace, name }) => ({ namespace, name, isSystem: true })),
  );
  const vocabularies = new Map((await em.findAll(Vocabulary)).map((each) => [each.namespace, each.id]));
  const knownCodes = new Set((await em.findAll(VocabularyCode, { fields: ['uri'] })).map((code) => code.uri));
  const codes = codeSystems.flatMap(({ namespace, codes }) =>
    codes.map(({ code, display, targetType = 'both' as const }, index) => ({
      vocabulary: vocabularies.get(namespace) as number, // made above
      system: namespace,
      code,
      display,
      uri: codeUri(namespace, code),
      targetType,
      sequence: index + 1,
    })),
  );
  await em.insertMany(
    VocabularyCode,
    codes.filter((code) => !knownCodes.has(code.uri)),
  );
}
