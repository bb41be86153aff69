import { openDatabase } from '@sallyport/core';
import { expect, it } from 'vitest';
import { databaseOptions } from '../../src/database/index.ts';
import { generatedPrograms, generateRegistry } from '../../src/demonstration/index.ts';
import { Consent, Identifier, Organization } from '../../src/entities/index.ts';
import { loadVocabulary, programSystem } from '../../src/vocabulary/index.ts';
import { at, lateTestApi, type Options, person } from '../../testing/index.ts';
import { inProcess } from '../../testing/transports.ts';
import { describeOnPostgresql, emptyDatabase } from './support/postgresql.ts';
import { indexesOf, planOf, poolOf, recordStatements, wholeScans } from './support/statements.ts';

/** Enough that the organisation of most consents may see many. */
const people = 10_000;
/** Tables that grow with the registry; the others are lists that are read whole and no slower for it. */
const growing =
  /\b(registrant|registrant_identifier|phone_number|group_membership|program_membership|consent|consent_scope|consent_recipient|consent_recipient_type|consent_history|sallyport_audit)$/;

describeOnPostgresql('a registry of any size', () => {
  it('is never read from end to end, whatever is asked', async () => {
    await using empty = await emptyDatabase();
    const orm = await openDatabase(await databaseOptions({ databaseUrl: empty.url, dataDir: '' }));
    const sent = await recordStatements(orm);
    const { t, begin, end } = lateTestApi('postgresql', inProcess, {});
    try {
      await orm.migrator.up();
      await orm.em.fork().transactional((em) => loadVocabulary(em));
      await generateRegistry(orm, { people, seed: 11 });
      await begin(orm);
      const { organization, consented, household, program, consent } = await samples();
      for (const [name, to] of [
        ['broad', organization],
        ['narrow', { name: 'Nobody knows us', type: 'private' }],
      ] as const) {
        await t.addClient(
          name,
          ['individual:all', 'group:all', 'program:all', 'program_membership:all'],
          'consent',
          to,
        );
      }
      const rare = {
        name: { given: 'Xylia', family: 'Quetzal' },
        address: [{ line: ['Quince Alley 7'] }],
      };
      expect((await t.send('POST', '/Individual', { body: person('NX-INDEX-0', rare) })).status).toBe(201);
      await orm.em.getConnection().execute('vacuum analyze');

      const pool = await poolOf(orm);
      const scanned: string[] = [];
      const plans = new Set<string>();
      const isList = (path: string) => /^\/(Individual|Group|Program|ProgramMembership)(\?|\/_search|$)/.test(path);
      /** Asks, looks at the plan of each statement that is new, and answers the indexes that were used. */
      const ask = async (method: string, path: string, options: Options = {}): Promise<ReadonlySet<string>> => {
        sent.length = 0;
        const { status, text } = await t.send(method, path, options);
        expect(status, `${method} ${path} ${text}`).toBeLessThan(400);
        const used = new Set<string>();
        for (const statement of sent.splice(0)) {
          if (plans.has(statement.text) || !/^\s*(select|update|delete|with)\b/i.test(statement.text)) continue;
          plans.add(statement.text);
          const plan = await planOf(pool, statement);
          for (const index of indexesOf(plan)) used.add(index);
          // Nobody waits for a count of others: who may see few people, or has asked for one record.
          for (const scan of wholeScans(plan, options.as === 'narrow' || !isList(path))) {
            if (growing.test(scan)) scanned.push(`${options.as ?? 'full'}: ${method} ${path}: ${scan}`);
          }
        }
        return used;
      };

      /** Searches, and the index that finds what they ask for. */
      const searches: readonly (readonly [path: string, index: string])[] = [
        ['/Individual?_count=5', 'registrant_kind_active_name_id_index'],
        ['/Individual?_offset=3000', 'registrant_kind_active_name_id_index'],
        ['/Individual?_sort=-birthDate', 'registrant_kind_active_birth_date_name_id_index'],
        ['/Individual?_sort=-lastUpdated', 'registrant_updated_at_index'],
        ['/Individual?name=quetz', 'registrant_name_trigram'],
        [
          '/Individual?birthdate=ge1990-01-01&birthdate=lt1990-03-01',
          'registrant_kind_active_birth_date_name_id_index',
        ],
        ['/Individual?gender=urn:iso:std:iso:5218|2', 'registrant_kind_active_name_id_index'],
        ['/Individual?address=quince', 'registrant_address_trigram'],
        ['/Individual?_lastUpdated=ge2020-01-01', 'registrant_kind_active_name_id_index'],
        ['/Individual?group=none', 'group_membership_individual_id_index'],
        ['/Individual?membership-role=head', 'group_membership_individual_id_index'],
        [at('/Individual?group={}', household), 'group_membership_group_id_index'],
        [at('/Individual?identifier={}', consented), 'registrant_identifier_type_id_value_index'],
        ['/Group?_count=5', 'registrant_kind_active_name_id_index'],
        ['/Group?name=quetzal', 'registrant_name_trigram'],
        ['/Group?type=household', 'registrant_kind_active_name_id_index'],
        [at('/Group?member={}', `Individual/${consented}`), 'group_membership_individual_id_index'],
        ['/ProgramMembership', 'program_membership_created_at_id_index'],
        ['/ProgramMembership?status=enrolled', 'program_membership_created_at_id_index'],
        [
          at('/ProgramMembership?beneficiary={}', `Individual/${consented}`),
          'program_membership_registrant_id_program_id_unique',
        ],
        [at('/ProgramMembership?program={}', `Program/${program}`), 'program_membership_program_id_state_id_index'],
      ];
      for (const [path, index] of searches) expect([path, ...(await ask('GET', path))]).toContain(index);
      for (const as of ['broad', 'narrow']) {
        // Far into a list all are gathered who may be seen.
        const near = searches.filter(([path]) => as === 'narrow' || !path.includes('_offset'));
        for (const [path] of near) await ask('GET', path, { as });
      }
      for (const as of ['full', 'broad', 'narrow']) {
        await ask('POST', '/Individual/_search', {
          as,
          body: { filters: [{ field: 'name', operator: 'ilike', value: '%quetz%' }] },
        });
      }
      for (const as of ['full', 'broad']) {
        await ask('GET', at('/Individual/{}', consented), { as });
        await ask('GET', '/Individual', { as, headers: { accept: 'application/x-ndjson' } });
        await ask('POST', '/$bulk/export', { as, body: { type: 'Individual', identifiers: [consented] } });
      }
      await ask('GET', at('/Individual/{}/groups', consented));
      await ask('GET', at('/Group/{}', household));
      await ask('GET', at('/Group/{}/membership-history', household));
      for (const path of ['', '/$receipt', '/$history', '/$access-summary']) {
        await ask('GET', `/Consent/${consent}${path}`, { as: 'broad' });
      }
      await ask('POST', '/Individual', { body: person('NX-INDEX-1') });
      const put = { method: 'PATCH', path: at('/Individual/{}', 'urn:openspp:vocab:id-type#national_id|NX-INDEX-1') };
      await ask(put.method, put.path, { body: { birthDate: '1990-01-01' } });
      await ask('POST', '/$batch', {
        body: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [
            {
              request: { method: 'POST', url: 'Individual' },
              resource: { type: 'Individual', ...person('NX-INDEX-2') },
            },
          ],
        },
      });
      expect(plans.size).toBeGreaterThan(60);
      expect(scanned).toEqual([]);
    } finally {
      await end();
      await orm.close(true);
    }

    /** Who and what there is to be asked for. */
    async function samples() {
      const em = orm.em.fork();
      const wire = (identifier: { readonly type: { readonly uri: string }; readonly value: string }) =>
        `${identifier.type.uri}|${identifier.value}`;
      const agreed = await em.findOneOrFail(Consent, { group: { $ne: null }, status: 'given' });
      const of = (registrant = 0) => em.findOneOrFail(Identifier, { registrant }, { populate: ['type'] });
      const [signatory, group] = [await of(agreed.signatory?.id), await of(agreed.group?.id)];
      const { name, type } = await em.findOneOrFail(Organization, { type: 'ngo' });
      return {
        organization: { name, type: type.code },
        consented: wire(signatory),
        household: wire(group),
        program: `${programSystem}|${generatedPrograms[0]?.slug}`,
        consent: agreed.externalId,
      };
    }
  });
});
