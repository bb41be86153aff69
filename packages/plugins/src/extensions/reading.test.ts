import { expect, it } from 'vitest';
import { fisher, gear, landing, overHarbour, Person } from './fixtures/harbour.ts';

overHarbour('extensions, read', (harbour) => {
  const whole = {
    boatCount: 2,
    catch: 0.5,
    isLicensed: true,
    note: 'by the lake',
    number: 'F-12',
    since: '2020-02-29',
    seenAt: '2026-03-02T10:15:30.480+02:00',
    water: 'lake',
    landingSite: 'kasenyi',
    gearIds: ['net', { coding: [{ system: gear, code: 'line' }] }],
    port: 'North',
    ports: ['North', 'South'],
  };
  const shown = {
    url: fisher.url,
    ...whole,
    seenAt: '2026-03-02T08:15:30.480Z',
    landingSite: { coding: [{ system: landing, code: 'kasenyi', display: 'Kasenyi' }], text: 'Kasenyi' },
    gearIds: [
      { coding: [{ system: gear, code: 'net', display: 'Net' }], text: 'Net' },
      { coding: [{ system: gear, code: 'line', display: 'Line' }], text: 'Line' },
    ],
  };

  it('shows every kind of value under its own name', async () => {
    const slug = await harbour.make({ fisher: whole });
    expect(await harbour.extensionOf(slug)).toEqual({ fisher: shown });
  });

  it('shows none unless asked, and those that are: by key, URL, name or *, spaces around them trimmed', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 }, health: { bloodGroup: 'A' } });
    const keys = async (query: string) => {
      const { status, text, body } = await harbour.send('GET', `/person/${slug}${query}`);
      expect(status, text).toBe(200);
      return body.extension === null ? null : Object.keys(body.extension);
    };
    expect(await keys('')).toBeNull();
    expect(await keys('?_extensions=')).toBeNull();
    expect(await keys('?_extensions=unheard-of')).toBeNull();
    expect(await keys('?_extensions=fisher')).toEqual(['fisher']);
    expect(await keys('?_extensions=urn:example:extension:fisher')).toEqual(['fisher']);
    expect(await keys('?_extensions=Fisher%20registry')).toEqual(['fisher']);
    expect(await keys('?_extensions=unheard-of,%20health%20,berth')).toEqual(['health']);
    expect(await keys('?_extensions=health,fisher')).toEqual(['fisher', 'health']);
    expect(await keys('?_extensions=*')).toEqual(['fisher', 'health']);
  });

  it('keeps 0 and false, and leaves out what has no value', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 0, catch: 0, isLicensed: false, note: '', gearIds: [] } });
    expect(await harbour.extensionOf(slug)).toEqual({
      fisher: { url: fisher.url, boatCount: 0, catch: 0, isLicensed: false },
    });
    const none = await harbour.make({ fisher: { note: '', water: null } });
    expect(await harbour.extensionOf(none)).toBeNull();
    expect(await harbour.stored(none)).toBeNull();
  });

  it('never shows what is inactive, belongs to other resources or is not declared', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const em = harbour.orm.em.fork();
    const entity = await em.findOneOrFail(Person, { slug });
    entity.extra = { fisher: { boatCount: 1, old: 'x' }, retired: { value: 'kept' }, berth: { depth: 3 } };
    await em.flush();
    expect(await harbour.extensionOf(slug)).toEqual({ fisher: { url: fisher.url, boatCount: 1 } });
  });

  it('passes over what was stored when a field was of another kind', async () => {
    const slug = await harbour.make();
    const em = harbour.orm.em.fork();
    const entity = await em.findOneOrFail(Person, { slug });
    entity.extra = { fisher: { landingSite: 'Katwe', gearIds: ['net'], ports: 'North', boatCount: 1 } };
    await em.flush();
    expect(await harbour.extensionOf(slug)).toEqual({ fisher: { url: fisher.url, boatCount: 1, ports: ['North'] } });
  });

  it('goes along with a selection of fields, which is applied last', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1, water: 'sea' }, health: { bloodGroup: 'A' } });
    const body = async (query: string) => (await harbour.send('GET', `/person/${slug}?${query}`)).body;
    expect(await body('_extensions=*&fields=name')).toEqual({ name: 'Ada' });
    expect(await body('fields=extension')).toEqual({ extension: null });
    expect(await body('_extensions=*&fields=extension.fisher.boatCount')).toEqual({
      extension: { fisher: { boatCount: 1 } },
    });
  });

  it('shows them in pages, in the answers of writes, and in links', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 77 } });
    const second = await harbour.make({ fisher: { boatCount: 77 } });
    const { body } = await harbour.send('GET', '/person?fisher.boatCount=77&_extensions=fisher&limit=1');
    expect(body.data).toMatchObject([{ slug, extension: { fisher: { boatCount: 77 } } }]);
    expect(body.next).toContain('_extensions=fisher');
    const next = await harbour.send('GET', body.next.replace('/api', ''));
    expect(next.body.data).toMatchObject([{ slug: second, extension: { fisher: { boatCount: 77 } } }]);
    const quiet = await harbour.send('PATCH', `/person/${slug}`, { extension: { fisher: { boatCount: 78 } } });
    expect(quiet.body.extension).toBeNull();
    const told = await harbour.send('PATCH', `/person/${slug}?_extensions=*`, { name: 'Eve' });
    expect(told.body).toMatchObject({ name: 'Eve', extension: { fisher: { boatCount: 78 } } });
  });

  it('tells representations apart by their entity tags', async () => {
    const slug = await harbour.make({ fisher: { boatCount: 1 } });
    const plain = await harbour.send('GET', `/person/${slug}`);
    const extended = await harbour.send('GET', `/person/${slug}?_extensions=fisher`);
    expect(extended.headers.etag).not.toBe(plain.headers.etag);
    const patch = { extension: { fisher: { boatCount: 2 } } };
    const tag = { 'if-match': extended.headers.etag };
    expect((await harbour.send('PATCH', `/person/${slug}`, patch, 'full', tag)).status).toBe(200);
    expect((await harbour.send('PATCH', `/person/${slug}`, patch, 'full', tag)).status).toBe(412);
  });
});
