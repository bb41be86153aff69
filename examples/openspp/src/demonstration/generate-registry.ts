import type { MikroORM } from '@mikro-orm/core';
import { bulkWriter, settleTables } from '@sallyport/core';
import { Organization } from '../entities/index.ts';
import { type GeneratedHousehold, generatePeople } from './generate-people.ts';
import { insertConsents } from './insert-consents.ts';
import { insertHouseholds, preparePrograms } from './insert-people.ts';
import { generatedPrograms } from './programs.ts';

export interface GenerateRegistryOptions {
  readonly people: number;
  /** The same seed makes the same people, with the same identifiers: a registry holds each seed's people once. */
  readonly seed: number;
  /** Is told how many people there are after each transaction. */
  readonly progress?: (people: number) => void;
}

export interface GeneratedRegistry {
  readonly people: number;
  readonly households: number;
  readonly consents: number;
}

/** The organisation that personal consents name. */
const recipient = { name: 'Lakeside Relief Trust', type: 'ngo' } as const;
/** Households of one transaction: some 9000 registrants. */
const perTransaction = 2000;

function* inChunks(households: Iterable<GeneratedHousehold>): Generator<GeneratedHousehold[]> {
  let chunk: GeneratedHousehold[] = [];
  for (const household of households) {
    chunk.push(household);
    if (chunk.length < perTransaction) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/**
 * Adds made-up people in households, with enrolments and consents, to whatever the registry holds: in bulk, some
 * thousands each transaction, so that a million takes minutes and little memory. What was committed before a failure
 * stays.
 */
export async function generateRegistry(
  orm: MikroORM,
  { people, seed, progress }: GenerateRegistryOptions,
): Promise<GeneratedRegistry> {
  const { keys, organization } = await orm.em.fork().transactional(async (em) => {
    const known = await em.findOne(Organization, { name: recipient.name });
    const named = known ?? em.create(Organization, recipient);
    await em.flush();
    return { keys: await preparePrograms(em, generatedPrograms), organization: named.id };
  });
  const sum = { people: 0, households: 0, consents: 0 };
  let first = 0;
  for (const chunk of inChunks(generatePeople({ people, seed }))) {
    await orm.em.fork().transactional(async (em) => {
      const bulk = bulkWriter(orm, em);
      const inserted = await insertHouseholds(bulk, chunk, keys);
      const validFrom = '2026-01-01';
      sum.consents += await insertConsents(bulk, inserted, { recipient: organization, validFrom, first });
      sum.people += inserted.reduce((count, each) => count + each.people.length, 0);
      sum.households += inserted.filter(({ household }) => household !== undefined).length;
    });
    first += chunk.length;
    progress?.(sum.people);
  }
  await settleTables(orm);
  return sum;
}
