import { Identifier, Registrant, VocabularyCode } from '../../../src/entities/index.ts';
import type { TestApi } from '../../../testing/index.ts';

const system = 'urn:openspp:vocab:id-type#national_id';

/** Somebody else who holds a national id already: only an import makes such a thing. */
export async function makeTwin(t: TestApi, value: string, kind: 'individual' | 'group' = 'individual'): Promise<void> {
  await t.orm.em.fork().transactional(async (em) => {
    const registrant = em.create(Registrant, { kind, name: `Twin of ${value}` });
    em.create(Identifier, { registrant, type: await em.findOneOrFail(VocabularyCode, { uri: system }), value });
  });
}

/** Gives people, or groups, one passport number; a create would refuse it to the second. Answers the identifier. */
export async function sharePassport(t: TestApi, value: string, ...values: readonly string[]): Promise<string> {
  const em = t.orm.em.fork();
  const type = await em.findOneOrFail(VocabularyCode, { code: 'passport' });
  for (const each of values) {
    const { registrant } = await em.findOneOrFail(Identifier, { value: each });
    em.create(Identifier, { registrant, type, value });
  }
  await em.flush();
  return `urn:openspp:vocab:id-type#passport|${value}`;
}
