import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Answer } from '../fixtures/over-api.ts';
import { fisher, gear, harbourOver, landing, overHarbour, Person } from './fixtures/harbour.ts';

overHarbour('extensions, written', (harbour) => {
  const patch = (slug: string, extension: unknown, who?: string) =>
    harbour.send('PATCH', `/person/${slug}`, { extension }, who);
  const fisherOf = async (slug: string) => (await harbour.extensionOf(slug)) as Record<string, unknown> | null;

  it('merges each extension and each of its fields; null clears', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1, water: 'sea' }, health: { bloodGroup: 'A' } });
    expect((await patch(slug, { fisher: { boatCount: 2, water: null } })).status).toBe(200);
    expect(await harbour.extensionOf(slug)).toMatchObject({ fisher: { boatCount: 2 }, health: { bloodGroup: 'A' } });
    expect(await harbour.stored(slug)).toEqual({ fisher: { boatCount: 2 }, health: { bloodGroup: 'A' } });
    expect((await patch(slug, { health: null })).status).toBe(200);
    expect(await harbour.stored(slug)).toEqual({ fisher: { boatCount: 2 } });
    expect((await patch(slug, { fisher: { boatCount: null } })).status).toBe(200);
    expect(await harbour.stored(slug)).toBeNull();
  });

  it('leaves them alone where a body has none, or null in their place', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    for (const body of [{ name: 'Bo' }, { extension: null }, { extension: {} }, { extension: { fisher: {} } }]) {
      expect((await harbour.send('PATCH', `/person/${slug}`, body)).status).toBe(200);
    }
    for (const body of [{ name: 'Cy' }, { name: 'Cy', extension: null }, { name: 'Cy', extension: { health: null } }]) {
      expect((await harbour.send('PUT', `/person/${slug}`, { slug, ...body })).status).toBe(200);
    }
    expect(await harbour.stored(slug)).toEqual({ fisher: { boatCount: 1 } });
  });

  it('takes back what it has shown', async () => {
    const slug = await harbour.make({
      fisher: { boatCount: 3, landingSite: 'katwe', gearIds: ['net'], port: 'South', seenAt: '2026-01-01T00:00:00Z' },
    });
    const shown = await harbour.extensionOf(slug);
    expect((await harbour.send('PUT', `/person/${slug}`, { slug, name: 'Ada', extension: shown })).status).toBe(200);
    expect(await harbour.extensionOf(slug)).toEqual(shown);
  });

  it('moves the version on', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const etag = async () => (await harbour.send('GET', `/person/${slug}`)).headers.etag;
    const before = await etag();
    await patch(slug, { fisher: { boatCount: 9 } });
    expect(await etag()).not.toBe(before);
  });

  it('keeps what is inactive or of other days through every write', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const em = harbour.orm.em.fork();
    (await em.findOneOrFail(Person, { slug })).extra = { retired: { value: 'x' }, fisher: { boatCount: 1, old: 1 } };
    await em.flush();
    await patch(slug, { fisher: { boatCount: 2 } });
    await harbour.send('PUT', `/person/${slug}`, { slug, name: 'Ada' });
    expect(await harbour.stored(slug)).toEqual({ retired: { value: 'x' }, fisher: { boatCount: 2, old: 1 } });
    await patch(slug, { fisher: null });
    expect(await harbour.stored(slug)).toEqual({ retired: { value: 'x' } });
  });

  const refusal = ({ status, body }: Answer) => [
    status,
    body.code,
    ...body.errors.map(({ pointer }: { pointer: string }) => pointer.slice(1).replaceAll('/', '.')),
  ];

  it.each([
    [{ fisher: { boatCount: 'two' } }, 'extension.fisher.boatCount'],
    [{ fisher: { boatCount: -1 } }, 'extension.fisher.boatCount'],
    [{ fisher: { boatCount: 1.5 } }, 'extension.fisher.boatCount'],
    [{ fisher: { catch: '1' } }, 'extension.fisher.catch'],
    [{ fisher: { isLicensed: 'yes' } }, 'extension.fisher.isLicensed'],
    [{ fisher: { note: 'x'.repeat(21) } }, 'extension.fisher.note'],
    [{ fisher: { number: '12' } }, 'extension.fisher.number'],
    [{ fisher: { since: '2021-02-29' } }, 'extension.fisher.since'],
    [{ fisher: { seenAt: '2021-02-28' } }, 'extension.fisher.seenAt'],
    [{ fisher: { seenAt: '2021-02-30T00:00:00Z' } }, 'extension.fisher.seenAt'],
    [{ fisher: { water: 'pond' } }, 'extension.fisher.water'],
    [{ fisher: { landingSite: 7 } }, 'extension.fisher.landingSite'],
    [{ fisher: { landingSite: 'nowhere' } }, 'extension.fisher.landingSite'],
    [{ fisher: { landingSite: 'gone' } }, 'extension.fisher.landingSite'],
    [{ fisher: { landingSite: { coding: [{ system: gear, code: 'net' }] } } }, 'extension.fisher.landingSite'],
    [{ fisher: { gearIds: ['net', 'nowhere'] } }, 'extension.fisher.gearIds.1'],
    [{ fisher: { port: 'Nowhere' } }, 'extension.fisher.port'],
    [{ fisher: { port: 'Twin' } }, 'extension.fisher.port'],
    [{ fisher: { ports: ['North', 'Nowhere'] } }, 'extension.fisher.ports.1'],
    [{ fisher: { url: 'urn:example:extension:other' } }, 'extension.fisher.url'],
    [{ fisher: { boat_count: 1 } }, 'extension.fisher.boat_count'],
    [{ fisher: 7 }, 'extension.fisher'],
    [{ unheardOf: {} }, 'extension.unheardOf'],
    [{ retired: { value: 'x' } }, 'extension.retired'],
    [{ berth: { depth: 1 } }, 'extension.berth'],
    [[], 'extension'],
  ])('refuses %j, naming the place, and leaves nothing behind', async (extension, place) => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const mixed = Array.isArray(extension) ? extension : { health: { bloodGroup: 'B' }, ...extension };
    expect(refusal(await patch(slug, mixed))).toEqual([422, 'invalid_body', place]);
    expect(await harbour.stored(slug)).toEqual({ fisher: { boatCount: 1 } });
    const made = await harbour.send('POST', '/person', { slug: 'never', name: 'Nobody', extension: mixed });
    expect(refusal(made)).toEqual([422, 'invalid_body', place]);
    expect((await harbour.send('GET', '/person/never')).status).toBe(404);
  });

  it('loses nothing of what two write at once', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const fields = [{ boatCount: 2 }, { water: 'sea' }, { isLicensed: true }, { note: 'x' }, { port: 'North' }];
    const answers = await Promise.all(fields.map((fisher) => patch(slug, { fisher })));
    expect(answers.map(({ status }) => status)).toEqual(fields.map(() => 200));
    expect(await harbour.stored(slug)).toEqual({ fisher: Object.assign({}, ...fields) });
  });

  it('is a merge patch of each extension, in whatever order of writes', async () => {
    const slug = await harbour.make();
    const fields = fc.record(
      {
        boatCount: fc.option(fc.integer({ min: 0, max: 3 })),
        note: fc.constantFrom('', 'a', null),
        gearIds: fc.constantFrom([], ['net'], null),
      },
      { requiredKeys: [] },
    );
    const body = fc.record(
      { fisher: fc.option(fields), health: fc.option(fc.record({ bloodGroup: fc.constantFrom('A', 'B', null) })) },
      { requiredKeys: [] },
    );
    const empty = (value: unknown) => value === null || value === '' || (Array.isArray(value) && value.length === 0);
    let expected: Record<string, Record<string, unknown>> = {};
    await fc.assert(
      fc.asyncProperty(fc.option(body), fc.constantFrom('PATCH', 'PUT'), async (extension, method) => {
        const sent = method === 'PUT' ? { slug, name: 'Ada', extension } : { extension };
        expect((await harbour.send(method, `/person/${slug}`, sent)).status).toBe(200);
        for (const [key, value] of Object.entries(extension ?? {})) {
          const own = value === null ? {} : { ...expected[key], ...value };
          const kept = Object.entries(own).filter(([, each]) => !empty(each));
          expected = { ...expected, [key]: Object.fromEntries(kept) };
          if (kept.length === 0) delete expected[key];
        }
        const shown = ((await harbour.extensionOf(slug)) ?? {}) as Record<string, Record<string, unknown>>;
        const values = Object.entries(shown).map(([key, { url: _url, gearIds, ...rest }]) => [
          key,
          gearIds === undefined ? rest : { ...rest, gearIds: ['net'] },
        ]);
        expect(Object.fromEntries(values)).toEqual(expected);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('stores a code with the name that it had, and clears it by a concept without a coding', async () => {
    const slug = await harbour.make({ fisher: { landingSite: { coding: [{ system: landing, code: 'katwe' }] } } });
    expect(await harbour.stored(slug)).toEqual({
      fisher: { landingSite: { system: landing, code: 'katwe', display: 'Katwe' } },
    });
    await patch(slug, { fisher: { landingSite: { text: 'somewhere' } } });
    expect(await harbour.stored(slug)).toBeNull();
  });

  it('withholds what a policy hides of a record: part by part, neither overwritten nor cleared', async () => {
    const extension = { fisher: { boatCount: 1 }, health: { bloodGroup: 'A' } };
    const shy = await harbour.make(extension, 'Shy');
    for (const health of [null, { bloodGroup: 'B' }, { bloodGroup: null }]) {
      const answer = harbour.send(
        'PATCH',
        `/person/${shy}`,
        { extension: { fisher: { boatCount: 2 }, health } },
        'masked',
      );
      expect(refusal(await answer)).toEqual([422, 'invalid_body', 'extension.health']);
    }
    expect((await patch(shy, { fisher: { boatCount: 2 } }, 'masked')).status).toBe(200);
    const closed = await harbour.make(extension, 'Closed');
    expect(refusal(await patch(closed, { fisher: null }, 'masked'))).toEqual([422, 'invalid_body', 'extension.fisher']);
    expect(await harbour.stored(shy)).toEqual({ ...extension, fisher: { boatCount: 2 } });
    expect(await harbour.stored(closed)).toEqual(extension);
    expect(await harbour.extensionOf(shy, 'masked')).toEqual({ fisher: { url: fisher.url, boatCount: 2 } });
    expect(await harbour.extensionOf(closed, 'masked')).toBeUndefined();
  });

  it('passes over what is withheld where unknown members are ignored, and still judges it', async () => {
    const api = await harbourOver(harbour, { strictness: { unknownProperties: 'ignore' } });
    const slug = await harbour.make({ fisher: { boatCount: 1 }, health: { bloodGroup: 'A' } }, 'Shy');
    const send = async (extension: object) => {
      const headers = { authorization: 'Bearer masked', 'content-type': 'application/merge-patch+json' };
      const { call } = await import('../testing/index.ts');
      return (await call(api, 'PATCH', `/api/person/${slug}`, { headers, body: { extension } })).status;
    };
    expect(await send({ health: { bloodGroup: 'B' }, fisher: { boatCount: 5 } })).toBe(200);
    expect(await send({ health: { bloodGroup: 'Q' } })).toBe(422);
    expect(await harbour.stored(slug)).toEqual({ fisher: { boatCount: 5 }, health: { bloodGroup: 'A' } });
    await api.close();
  });

  it('is for those alone whose field lists name the field, and for writers without lists', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    expect(refusal(await patch(slug, { fisher: null }, 'listed'))).toEqual([422, 'invalid_body', 'extension']);
    expect((await patch(slug, { fisher: { boatCount: 4 } }, 'writer')).status).toBe(200);
    expect(await fisherOf(slug)).toMatchObject({ fisher: { boatCount: 4 } });
  });
});
