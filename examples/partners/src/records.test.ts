import { testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, openWorld, type World } from './testing/index.ts';

// Secure API contract, section 1: records over HTTP.
describe.each(testDatabases())('records on $name', (database) => {
  let world: World;
  let acme: Caller;
  beforeAll(async () => {
    world = await openWorld(database);
    acme = await world.caller({ clientId: 'acme' });
  });
  afterAll(() => world?.close());
  const names = (result: { records: readonly { readonly [name: string]: unknown }[] }) =>
    result.records.map(({ name }) => name);

  it('wraps every reply, and counts all that match', async () => {
    const { status, body, headers } = await acme.ask('GET', '/api/partner/rest?limit=2&fields=id,name');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      jsonrpc: '2.0',
      id: null,
      result: {
        length: 8,
        records: [
          { id: expect.stringMatching(/^[A-Za-z0-9]{8,}$/), name: 'Azure Interior' },
          { id: expect.any(String), name: 'Brandon Freeman' },
        ],
      },
    });
  });

  it('creates, reads, changes and deletes', async () => {
    const created = await acme.ask('POST', '/api/partner/rest', { name: 'Ada Lovelace', email: 'ada@example.org' });
    expect(created.status, created.text).toBe(200);
    const { id } = created.result;
    expect(created.headers.location).toBe(`/api/partner/rest/${id}`);
    expect((await acme.ask('GET', `/api/partner/rest/${id}`)).body).toEqual(created.body);
    const changed = await acme.ask('PATCH', `/api/partner/rest/${id}`, { phone: '+32 1', birthDate: '1815-12-10' });
    expect(changed.body).toEqual({
      jsonrpc: '2.0',
      id: null,
      result: { ...created.result, phone: '+32 1', birthDate: '1815-12-10' },
    });
    expect((await acme.ask('DELETE', `/api/partner/rest/${id}`)).body).toEqual({
      jsonrpc: '2.0',
      id: null,
      result: [id],
    });
    expect((await acme.ask('GET', `/api/partner/rest/${id}`)).status).toBe(404);
  });

  describe('search parameters', () => {
    const inBody = (text: string) => acme.ask('GET', '/api/partner/rest', text, { 'content-type': 'application/json' });

    it('may come in the body of the GET, urlencoded under a JSON content type', async () => {
      const found = await inBody('domain=[("active","=",True)]&limit=5&order=name asc, id desc');
      expect(found.result.length).toBe(7);
      expect(found.result.records).toHaveLength(5);
      expect(found.body).toEqual(
        (
          await acme.ask(
            'GET',
            `/api/partner/rest?domain=${encodeURIComponent('[["active","=",true]]')}&limit=5&order=name`,
          )
        ).body,
      );
    });

    it('come from both together, each once', async () => {
      const both = await acme.ask('GET', '/api/partner/rest?limit=2', 'order=name desc&fields=name');
      expect(names(both.result)).toEqual(['Lumber Inc', 'Gemini Furniture']);
      const twice = await acme.ask('GET', '/api/partner/rest?limit=2', 'limit=3');
      expect(twice).toMatchObject({ status: 200, error: { code: 400, data: { name: 'invalid_parameter' } } });
    });

    it.each([
      ['an unknown one', 'colour=red'],
      ['a limit above the maximum', 'limit=201'],
      ['a limit of nothing', 'limit=0'],
      ['a limit that is no number', 'limit=ten'],
      ['a negative offset', 'offset=-1'],
      ['an order by a hidden field', 'order=note'],
      ['an order by nothing known', 'order=notes'],
      ['an order by a field that is not sortable', 'order=image'],
      ['a hidden field', 'fields=note'],
      ['an unknown field', 'fields=notes'],
    ])('are refused alike in the address and in the body: %s', async (_, parameters) => {
      const [address, body] = [await acme.ask('GET', `/api/partner/rest?${parameters}`), await inBody(parameters)];
      expect(address).toMatchObject({ status: 200, error: { code: 400, data: { name: 'invalid_parameter' } } });
      const told = ({ error }: typeof body) => ({ ...error, data: { ...error.data, id: '' } });
      expect(told(body)).toEqual(told(address));
    });

    const ordered = async (order: string) =>
      (await acme.find('partner', '[]', `&order=${encodeURIComponent(order)}`)).records;

    it('order by any shown column, and by the id', async () => {
      const { records } = await acme.find('partner', '[]', '&limit=1');
      const shown = Object.keys(records[0] ?? {}).filter(
        (name) => !['image', 'parent', 'country', 'company', 'labels', 'orders'].includes(name),
      );
      expect(shown).toContain('created');
      for (const name of shown) {
        const by = (direction: string) => (name === 'id' ? `id ${direction}` : `${name} ${direction},id ${direction}`);
        const [up, down] = [await ordered(by('asc')), await ordered(by('desc'))];
        expect(down, name).toEqual(up.toReversed());
      }
    });

    it('page without gaps or repetitions', async () => {
      const whole = await acme.find('partner', '[]', '&order=category');
      const pages = [];
      for (let offset = 0; offset < whole.length; offset += 3) {
        pages.push(...(await acme.find('partner', '[]', `&order=category&limit=3&offset=${offset}`)).records);
      }
      expect(pages).toEqual(whole.records);
    });

    it('need no content type', async () => {
      const { records } = await acme.find('country', '[["code","=","BE"]]');
      expect((await acme.ask('GET', `/api/country/rest/${records[0]?.id}`)).result.code).toBe('BE');
    });
  });

  describe('domains', () => {
    const find = async (domain: string) => names(await acme.find('partner', domain, '&order=name')).toSorted();
    const everybody = 8;

    it('are the same in JSON and in Python literals', async () => {
      const json = '["|",["name","=","Lumber Inc"],"&",["country.code","in",["BE","KE"]],["parent","=",false]]';
      const python = `['|', ('name', '=', 'Lumber Inc'), '&', ('country.code', 'in', ['BE', "KE"]), ('parent', '=', False)]`;
      expect(await find(json)).toEqual(['Deco Addict', 'Lumber Inc']);
      expect(await find(python)).toEqual(await find(json));
      expect(await find(`[("active", "=", True), ('id','>',0)]`)).toHaveLength(everybody - 1);
    });

    it.each([
      ['[("name","=","Lumber Inc")]', 1],
      ['[("name","!=","Lumber Inc")]', 7],
      ['[("birthDate",">","1962-03-12")]', 2],
      ['[("birthDate",">=","1962-03-12")]', 3],
      ['[("birthDate","<","1962-03-12")]', 1],
      ['[("birthDate","<=","1962-03-12")]', 2],
      ['[("name","=?",False)]', 8],
      ['[("name","=?","Lumber Inc")]', 1],
      ['[("name","like","Inc")]', 1],
      ['[("name","like","inc")]', 0],
      ['[("name","not like","Inc")]', 7],
      ['[("name","ilike","inc")]', 1],
      ['[("name","not ilike","inc")]', 7],
      ['[("name","=like","Lumber%")]', 1],
      ['[("name","=ilike","lumber_inc")]', 1],
      ['[("name","in",["Lumber Inc","Deco Addict","x"])]', 2],
      ['[("name","not in",["Lumber Inc","Deco Addict","x"])]', 6],
      ['[("country","any",[("code","=","BE")])]', 3],
      ['[("country","not any",[("code","=","BE")])]', 5],
      ['["!",("country.code","=","BE")]', 5],
      ['[("labels.name","=","Gold")]', 4],
      ['[("orders","=",False)]', 4],
      ['[("orders.lines.product","=","Desk")]', 4],
      ['[("birthDate","=",False)]', 4],
    ])('have the operators of Odoo: %s', async (domain, count) => {
      expect(await find(domain)).toHaveLength(count);
    });

    it('take wildcards literally in like, and as wildcards in =like', async () => {
      const odd = await acme.ask('POST', '/api/partner/rest', { name: '100% _sure\\' });
      expect(await find('[("name","like","0% _s")]')).toHaveLength(1);
      expect(await find('[("name","like","0%_s")]')).toHaveLength(0);
      expect(await find('[("name","ilike","SURE\\\\")]')).toHaveLength(1);
      expect(await find('[("name","=like","1%s_re_")]')).toHaveLength(1);
      await acme.ask('DELETE', `/api/partner/rest/${odd.result.id}`);
    });

    it('go up and down the hierarchy', async () => {
      const [azure] = (await acme.find('partner', '[("name","=","Azure Interior")]')).records;
      const below = ['Azure Interior', 'Brandon Freeman', 'Colleen Diaz'];
      expect(await find(`[("id","child_of","${azure?.id}")]`)).toEqual(below);
      expect(await find(`[("parent","child_of",["${azure?.id}"])]`)).toEqual(['Brandon Freeman', 'Colleen Diaz']);
      const [brandon] = (await acme.find('partner', '[("name","=","Brandon Freeman")]')).records;
      expect(await find(`[("id","parent_of","${brandon?.id}")]`)).toEqual(below.slice(0, 2));
      const flat = await acme.ask('GET', `/api/country/rest?domain=${encodeURIComponent('[("id","child_of","x")]')}`);
      expect(flat.error.data.name).toBe('malformed_filter');
    });

    it.each([
      ['a hidden field', 'note'],
      ['one that is read but not searched by', 'phone'],
      ['one that is not searchable at all', 'image'],
      ['the name of a column behind an alias', 'createdAt'],
      ['a path through a hidden one', 'note.x'],
      ['a hidden one behind a relation', 'parent.note'],
      ['the prototype', '__proto__'],
    ])('do not say whether a field exists: %s', async (_, name) => {
      const ask = async (field: string) => {
        const domain = encodeURIComponent(`[["${field}","=","x"]]`);
        const { status, error } = await acme.ask('GET', `/api/partner/rest?domain=${domain}`);
        return { status, ...error, message: error.message.replaceAll(field, ''), data: { ...error.data, id: '' } };
      };
      const unknown = name.replace(/[a-z_]+$/i, 'zzz');
      expect(await ask(name)).toEqual(await ask(unknown));
      expect(await ask(name)).toMatchObject({ status: 200, code: 400 });
    });

    it.each([
      ['text', `[("name","=","${'x'.repeat(9_000)}")]`],
      ['leaves', `[${'("active","=",True),'.repeat(51)}]`],
      ['lists', `[("name","in",[${'"x",'.repeat(501)}])]`],
      ['nesting', `${'[("country","any",'.repeat(20)}[]${')]'.repeat(20)}`],
      ['brackets', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
      ['code', `[("name","=",__import__("os").system("true"))]`],
      ['an expression', '[("id","=",1+1)]'],
    ])('have limits: %s', async (_, domain) => {
      const { status, error } = await acme.ask('GET', '/api/partner/rest', `domain=${encodeURIComponent(domain)}`);
      expect({ status, code: error.code }).toEqual({ status: 200, code: 400 });
    });
  });
});
