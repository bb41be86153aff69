import { describe, expect, it } from 'vitest';
import { Registrant } from '../../src/entities/index.ts';
import { nationalId, overEachDatabase, person } from '../index.ts';
import { type Asked, CanaryError, canaryOf, idOf } from './index.ts';

const words = new Set(['registrant_id', 'registrant_identifier', 'program_name_unique']);
const secret = 'a-secret-of-at-least-32-characters-1';
const id = String(idOf(3) + 7);
const base64 = (text: string) => Buffer.from(text).toString('base64url');

/** A canary that knows Zora, who is registered under A-1, and some clients. */
function canary() {
  const made = canaryOf(words, [secret]);
  const identifier = [{ system: 'urn:x', value: 'A-1' }];
  made.people.note({
    identifier,
    name: { given: 'Zora', family: 'Quillfeather' },
    birthDate: '1931-07-08',
    telecom: [{ system: 'phone', value: '+256700999111' }],
    address: [{ line: ['7 Canary Lane'], city: 'Canaryville' }],
  });
  const all = [{ scope: 'individual:all', fields: null }];
  made.people.reader('by-law', { legalBasis: 'public_task', scopes: all });
  made.people.reader('by-consent', { legalBasis: 'consent', scopes: all });
  made.people.reader('dates-only', {
    legalBasis: 'public_task',
    scopes: [{ scope: 'individual:read', fields: ['birthDate'] }],
  });
  made.people.reader('groups-only', { legalBasis: 'public_task', scopes: [{ scope: 'group:all', fields: null }] });
  return made;
}

interface Answer {
  readonly statusLine?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly body?: unknown;
}

/** Each `place: kind found` that an answer is told off for. */
function sung(answer: Answer, asked: Partial<Asked> = {}, bird = canary()): string[] {
  const { statusLine = '200 OK', headers = {}, body, text = JSON.stringify(body) ?? '' } = answer;
  const whole = { status: 200, statusLine, headers, text, ...(body === undefined ? {} : { body }) };
  try {
    bird.look({ method: 'GET', target: '/x', request: {}, as: 'by-consent', ...asked }, whole);
  } catch (thrown) {
    if (!(thrown instanceof CanaryError)) throw thrown;
    return thrown.leaks.map(({ place, kind, found }) => `${place}: ${kind} ${found}`);
  }
  return [];
}

describe('the canary sings', () => {
  it('of database ids, wherever and however they are written', () => {
    expect(sung({ body: { data: [{ a: Number(id) }] } })).toEqual([`body /data/0/a: database id ${id}`]);
    expect(sung({ body: { text: `of ${id}.` } })).toEqual([`body /text: database id ${id}`]);
    expect(sung({ body: { [id]: true } })).toEqual([`body /${id}: database id ${id}`]);
    expect(sung({ headers: { etag: `"${id}"` } })).toEqual([`header etag: database id ${id}`]);
    expect(sung({ headers: { link: `</x?_lastId=${id}>` } })).toHaveLength(1);
    expect(sung({ statusLine: `404 ${id} not found` })).toEqual([`status line: database id ${id}`]);
    expect(sung({ text: `id,name\n${id},x` })).toEqual([`body: database id ${id}`]);
    const cursor = base64(JSON.stringify({ after: Number(id) }));
    expect(sung({ body: { links: { next: `/x?cursor=${cursor}` } } })).toEqual([
      `body /links/next (base64): database id ${id}`,
    ]);
    const digits = Buffer.from(`after:${id}`).toString('hex');
    expect(sung({ body: { cursor: digits } })).toContain(`body /cursor (hexadecimal): database id ${id}`);
    const hexadecimal = Number(id).toString(16);
    expect(sung({ body: { cursor: hexadecimal } })).toEqual([`body /cursor (hexadecimal): database id ${hexadecimal}`]);
    expect(sung({ headers: { location: `/x/a%3A${id}` } }).length).toBeGreaterThan(0);
  });

  it.each([
    ['select id, name from registrant'],
    ['SELECT * FROM "group"'],
    ['select "a"."b" from "a"'],
    ['insert into registrant (id) values ($1, $2)'],
    ['update "registrant" set name = 1'],
    ['delete from registrant'],
    ['SQLSTATE 23505'],
    ['duplicate key value violates unique constraint'],
    ['syntax error at or near "x"'],
    ['function pg_sleep does not exist'],
  ])('of SQL: %s', (text) => {
    expect(sung({ body: { detail: text } })[0]).toMatch(/^body \/detail: SQL /);
  });

  it('of names of the database', () => {
    expect(sung({ body: { detail: 'column registrant_id' } })).toEqual([
      'body /detail: name of the database registrant_id',
    ]);
    expect(sung({ body: { registrant_identifier: 1 } })).toHaveLength(1);
    expect(sung({ body: { detail: 'the rule "program_name_unique"' } })).toHaveLength(1);
    expect(sung({ body: { detail: `%22registrant_id%22` } })).not.toEqual([]);
  });

  it('of stack traces and paths', () => {
    const { stack } = new Error('broken');
    const kinds = sung({ body: { detail: stack } }).map((each) => each.split(' ')[2]);
    expect(kinds).toEqual(expect.arrayContaining(['stack', 'file']));
    for (const text of ['/home/someone/app/x', 'file:///app/x', 'in node_modules', 'road.ts:12:7']) {
      expect(sung({ body: { detail: text } })[0]).toMatch(/file path/);
    }
  });

  it('of people that the caller may not see, of each part of a name', () => {
    for (const as of ['by-consent', 'dates-only', 'groups-only', 'unknown-client', null]) {
      const entity = { display: 'Zora Quillfeather' };
      expect(sung({ body: { entity } }, { as })).toEqual([
        'body /entity/display: person Zora',
        'body /entity/display: person Quillfeather',
      ]);
    }
    expect(sung({ body: { display: 'Zora' } }, { as: 'by-law' })).toEqual([]);
  });

  it('of people again when a consent is withdrawn', () => {
    const bird = canary();
    const answer = { body: { display: 'Zora' } };
    bird.people.open('by-consent', 'Zora', 'Quillfeather');
    expect(sung(answer, {}, bird)).toEqual([]);
    expect(sung(answer, { as: 'dates-only' }, bird)).toHaveLength(1);
    bird.people.close('by-consent', 'Zora');
    expect(sung(answer, {}, bird)).toHaveLength(1);
  });

  it('of people in bundles and in bootstrap files', () => {
    const bird = canary();
    const named = (given: string) => ({
      identifier: [{ system: 'urn:x', value: given }],
      name: { given: `The ${given}` },
    });
    bird.people.note({ type: 'batch', entry: [{ request: {}, resource: named('first') }, {}] });
    bird.people.note({ individuals: [named('second')], groups: [{ name: 'A house' }] });
    for (const each of ['first', 'second']) expect(sung({ body: [`The ${each}`] }, {}, bird)).toHaveLength(1);
    expect(sung({ body: ['A house'] }, {}, bird)).toEqual([]);
  });

  it('of data of people and of secrets in log lines, errors and their causes included', () => {
    const line = (fields: Readonly<Record<string, unknown>>, message = '') => [
      { level: 'error' as const, fields, message },
    ];
    const told = (lines: ReturnType<typeof line>) => () => canary().lookAtLog(lines);
    for (const text of ['Zora', 'Quillfeather', '1931-07-08', '+256700999111', '7 Canary Lane', 'Canaryville']) {
      expect(told(line({}, `nobody like ${text}.`)), text).toThrow(CanaryError);
      expect(told(line({ parameters: [{ value: text }] })), text).toThrow(`person "${text}"`);
    }
    const cause = new Error("insert into registrant values ('Zora')");
    expect(told(line({ err: new Error('broken', { cause }) }))).toThrow('person "Zora"');
    expect(told(line({ headers: { authorization: secret } }))).toThrow(`secret "${secret}"`);
    expect(told(line({ route: '/Individual/{id}', identifier: 'urn:x|A-1' }, 'Answered.'))).not.toThrow();
  });
});

describe('the canary is silent', () => {
  it('about what answers hold', () => {
    const token = `${base64('{"alg":"HS256"}')}.${base64('{"iat":1795300000,"exp":1795386400}')}.${base64('\u0001\u0002')}`;
    const body = {
      identifier: [{ system: 'urn:x', value: 'A-1' }],
      meta: { versionId: '1795344207712345', lastUpdated: '2026-11-22T10:00:00.207712Z' },
      receipt_id: '7bcc1a05-7bcc-4bcc-8bcc-7bcc1a05aaaa',
      access_token: token,
      detail: 'Select another one from the list, or update it; nothing was deleted from here.',
      reference: 'Individual/urn:x|A-1',
      count: 2077,
      photo: Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('base64'),
    };
    expect(sung({ body, headers: { etag: '"1795344207712345"', date: new Date(0).toUTCString() } })).toEqual([]);
  });

  it('about what the caller has said itself', () => {
    const body = { detail: 'Zora: there is no field registrant_id.' };
    const target = '/x?_sort=registrant_id&name=Zora';
    expect(sung({ body }, { target })).toEqual([]);
    expect(sung({ body }, { request: { body: { name: ['Zora'], sort: 'registrant_id' } } })).toEqual([]);
    expect(sung({ body }, { target: '/x?name=Zor%61' })).toEqual(['body /detail: name of the database registrant_id']);
  });
});

overEachDatabase('the canary of an API', (t) => {
  it('knows ids again, and sings of a name that a consent client is shown', async () => {
    await t.send('POST', '/Individual', { body: person('K-1') });
    const { id: key } = await t.orm.em.fork().findOneOrFail(Registrant, { identifiers: { value: 'K-1' } });
    expect(sung({ body: { key } })).toEqual([`body /key: database id ${key}`]);
    // The same answer, once to whom it is for and once not.
    await t.addClient('reader', ['individual:read']);
    const path = `/Individual/${encodeURIComponent(nationalId('K-1'))}`;
    expect((await t.send('GET', path, { as: 'reader' })).status).toBe(200);
    t.people.reader('reader', { legalBasis: 'consent', scopes: [] });
    await expect(t.send('GET', path, { as: 'reader' })).rejects.toThrow(/body \/name\/given: person "Given-K-1"/);
  });

  it('reads what is logged of each call', async () => {
    // Every call is logged with the client that makes it.
    await t.addClient('client-0411', ['individual:read']);
    t.people.note({ name: {}, telecom: [{ value: 'client-0411' }] });
    const asked = async () => {
      await t.send('GET', '/Individual', { as: 'client-0411' });
      await t.send('GET', '/metadata', { as: null });
    };
    await expect(asked()).rejects.toThrow('log line: person "client-0411"');
    await t.send('GET', '/metadata', { as: null }).catch(() => {});
  });
});
