import type { ResourcePlan } from '@sallyport/core';
import { expect, it } from 'vitest';
import { call } from '../testing/index.ts';
import { gear, harbourOver, landing, overHarbour } from './fixtures/harbour.ts';
import { extensions } from './index.ts';

overHarbour('extensions, searched', (harbour) => {
  let ready: Promise<Record<'ada' | 'bo' | 'shy' | 'closed', string>> | undefined;
  const people = () => {
    const make = async () => ({
      ada: await harbour.make({
        fisher: {
          boatCount: 2,
          catch: 1.5,
          isLicensed: true,
          note: 'a, b & "c"',
          since: '2020-01-31',
          seenAt: '2026-03-02T08:15:30Z',
          water: 'lake',
          landingSite: 'kasenyi',
          gearIds: ['net', 'line'],
          port: 'North',
          ports: ['North', 'South'],
        },
      }),
      bo: await harbour.make({ fisher: { boatCount: 0, isLicensed: false, landingSite: 'katwe', gearIds: ['net'] } }),
      shy: await harbour.make({ fisher: { boatCount: 2 }, health: { bloodGroup: '0' } }, 'Shy'),
      closed: await harbour.make({ fisher: { boatCount: 2 } }, 'Closed'),
    });
    ready ??= make();
    return ready;
  };
  const search = async (query: string, who?: string) => {
    const { status, body, text } = await harbour.send('GET', `/person?${query}`, undefined, who);
    if (status !== 200) return [status, body.code];
    const slugs = Object.entries(await people());
    expect(body.total, text).toBe(body.data.length);
    return body.data.map(({ slug }: { slug: string }) => slugs.find(([, own]) => own === slug)?.[0]);
  };

  it.each([
    ['boatCount=2', ['ada', 'shy', 'closed']],
    ['boatCount=0', ['bo']],
    ['boatCount=3', []],
    ['catch=1.5', ['ada']],
    ['catch=1.50', ['ada']],
    ['isLicensed=false', ['bo']],
    ['isLicensed=true', ['ada']],
    ['note=a,%20b%20%26%20%22c%22', ['ada']],
    ['note=a', []],
    ['since=2020-01-31', ['ada']],
    ['seenAt=2026-03-02T10:15:30%2B02:00', ['ada']],
    ['water=lake', ['ada']],
    ['landingSite=kasenyi', ['ada']],
    [`landingSite=${landing}|katwe`, ['bo']],
    [`landingSite=${gear}|katwe`, []],
    ['gearIds=net', ['ada', 'bo']],
    ['gearIds=line', ['ada']],
    ['port=North', ['ada']],
    ['ports=South', ['ada']],
  ])('finds people by fisher.%s', async (query, found) => {
    await people();
    expect(await search(`fisher.${query}`)).toEqual(found);
  });

  it.each(['boatCount=two', 'boatCount=1.5', 'isLicensed=1', 'since=2020-02-30', 'seenAt=2020-02-03', 'water=pond'])(
    'refuses fisher.%s',
    async (query) => {
      expect(await search(`fisher.${query}`)).toEqual([400, 'invalid_parameter']);
    },
  );

  it('has no parameter for fields that are not declared so, nor for inactive extensions', async () => {
    expect(await search('fisher.number=F-1')).toEqual([400, 'invalid_parameter']);
    expect(await search('retired.value=x')).toEqual([400, 'invalid_parameter']);
  });

  it('refuses what an extension is not searched by, where unknown parameters are ignored, too', async () => {
    const parameterFault = (parameter: string, { type }: ResourcePlan) => ({
      code: 'stray',
      detail: `${type}: ${parameter}`,
    });
    for (const [fault, code] of [
      [{}, 'invalid_parameter'],
      [{ parameterFault }, 'stray'],
    ] as const) {
      const api = await harbourOver(harbour, {
        strictness: { unknownParameters: 'ignore' },
        plugins: [extensions(fault)],
      });
      const asked = async (query: string) => {
        const { status, body } = await call(api, 'GET', `/api/person?${query}`, {
          headers: { authorization: 'Bearer full' },
        });
        return [status, (body as { code?: string }).code];
      };
      for (const stray of ['fisher.bogus=7', 'fisher.number=F-1', 'fisher.boatCount.x=2', 'health.=0']) {
        expect([stray, ...(await asked(stray))]).toEqual([stray, 400, code]);
      }
      expect(await asked('fisher.boatCount=2&fishing.bogus=7&fisher=1&retired.value=x')).toEqual([200, undefined]);
      await api.close();
    }
  });

  it('finds nobody by what is hidden from the caller, and says so to who may see none', async () => {
    await people();
    expect(await search('fisher.boatCount=2', 'masked')).toEqual(['ada', 'shy']);
    expect(await search('health.bloodGroup=0')).toEqual(['shy']);
    expect(await search('health.bloodGroup=0', 'masked')).toEqual([]);
    expect(await search('fisher.boatCount=2', 'listed')).toEqual([400, 'malformed_filter']);
  });

  it('uses the index', async () => {
    await people();
    const text = await harbour.orm.em.fork().transactional(async (em) => {
      const { getConnection } = em as unknown as {
        getConnection(): { execute(sql: string, ...more: unknown[]): Promise<object[]> };
      };
      const ctx = (em as unknown as { getTransactionContext(): unknown }).getTransactionContext();
      const connection = getConnection.call(em);
      await connection.execute('set local enable_seqscan = off', [], 'run', ctx);
      const plan = `explain select id from person where extra @> '{"fisher":{"boatCount":2}}'::jsonb`;
      return JSON.stringify(await connection.execute(plan, [], 'all', ctx));
    });
    expect(text).toContain('person_extra');
  });
});
