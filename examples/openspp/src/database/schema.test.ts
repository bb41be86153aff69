import { openDatabase } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../testing/index.ts';
import { Country, GroupMembership, Identifier, Registrant, VocabularyCode } from '../entities/index.ts';
import { lockIdentifiers } from '../identifiers/index.ts';
import { codeSystems, loadVocabulary } from '../vocabulary/index.ts';
import { databaseOptions } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe('migrations', () => {
  it('make what the entities say', async () => {
    expect(await database.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
    expect(await database.orm.migrator.getPending()).toEqual([]);
  });

  it('go back to nothing', async () => {
    const orm = await openDatabase(await databaseOptions({ databaseUrl: undefined, dataDir: 'memory://' }));
    try {
      const done = await orm.migrator.up();
      await orm.migrator.down({ to: 0 });
      expect(await orm.migrator.getPending()).toHaveLength(done.length);
    } finally {
      await orm.close();
    }
  });
});

describe('vocabulary', () => {
  it('is complete, and loading it again changes nothing', async () => {
    const em = database.orm.em.fork();
    const shipped = codeSystems.flatMap((system) => system.codes).length;
    expect(await em.count(VocabularyCode)).toBe(shipped);
    expect(await em.count(Country)).toBe(249);
    const code = await em.findOneOrFail(VocabularyCode, { uri: 'urn:openspp:vocab:id-type#national_id' });
    code.display = 'Civic number';
    await em.flush();
    await em.transactional((inside) => loadVocabulary(inside));
    expect(await em.count(VocabularyCode)).toBe(shipped);
    expect((await database.orm.em.fork().findOneOrFail(VocabularyCode, code.id)).display).toBe('Civic number');
  });
});

describe('registrants', () => {
  const type = (em: ReturnType<typeof database.orm.em.fork>, code: string) =>
    em.findOneOrFail(VocabularyCode, { uri: `urn:openspp:vocab:id-type#${code}` });

  it('keep microseconds, and count versions', async () => {
    const em = database.orm.em.fork();
    const person = em.create(Registrant, { kind: 'individual', name: 'Tessa Okello', birthDate: '1991-08-23' });
    await em.flush();
    expect(person.version).toBe(1);
    person.createdAt = '2026-03-02T08:15:30.482113Z';
    const before = person.updatedAt;
    await em.flush();
    const read = await database.orm.em.fork().findOneOrFail(Registrant, person.id);
    expect(read.createdAt).toBe('2026-03-02T08:15:30.482113Z');
    expect(read.birthDate).toBe('1991-08-23');
    expect(read.updatedAt > before).toBe(true);
    expect(read.updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(read.version).toBe(2);
  });

  it('hold one live identifier of a type, and any number of removed ones', async () => {
    const em = database.orm.em.fork();
    const national = await type(em, 'national_id');
    const person = em.create(Registrant, { kind: 'individual', name: 'Ada Birungi' });
    em.create(Identifier, { registrant: person, type: national, value: 'A', status: 'invalid' });
    em.create(Identifier, { registrant: person, type: national, value: 'B', status: 'invalid' });
    em.create(Identifier, { registrant: person, type: national, value: 'C' });
    await em.flush();
    const again = database.orm.em.fork();
    again.create(Identifier, {
      registrant: again.getReference(Registrant, person.id),
      type: national.id,
      value: 'D',
      status: 'valid',
    });
    await expect(again.flush()).rejects.toThrow(/registrant_identifier_live_type_unique/);
  });

  it('share an identifier where an import says so', async () => {
    const em = database.orm.em.fork();
    const passport = await type(em, 'passport');
    for (const name of ['One', 'Two']) {
      const person = em.create(Registrant, { kind: 'individual', name });
      em.create(Identifier, { registrant: person, type: passport, value: 'SAME' });
    }
    await em.flush();
    await em.transactional(async (inside) => {
      await lockIdentifiers(inside, [
        { system: passport.uri, value: 'SAME' },
        { system: passport.uri, value: 'OTHER' },
      ]);
      expect(await inside.count(Identifier, { type: passport, value: 'SAME' })).toBe(2);
    });
  });

  it('are in a group once at a time', async () => {
    const em = database.orm.em.fork();
    const group = em.create(Registrant, { kind: 'group', name: 'Okello compound', groupType: 'household' });
    const individual = em.create(Registrant, { kind: 'individual', name: 'Juma Okello' });
    em.create(GroupMembership, { group, individual, endedDate: '2026-01-01T00:00:00.000000Z' });
    em.create(GroupMembership, { group, individual });
    await em.flush();
    em.create(GroupMembership, { group, individual });
    await expect(em.flush()).rejects.toThrow(/group_membership_open_unique/);
  });
});
