import { defineEntity, p } from '@mikro-orm/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../api/create-api.ts';
import { defineResource } from '../descriptor/index.ts';
import { key } from '../keys/index.ts';
import { silentLogger } from '../services/index.ts';
import { call, type OpenTestDatabase, testDatabases, tokenStrategy } from '../testing/index.ts';

const ThingSchema = defineEntity({
  name: 'Thing',
  properties: {
    id: p.integer().primary(),
    slug: p.string().unique(),
    text: p.text().nullable(),
    short: p.string().length(5).nullable(),
    whole: p.integer().nullable(),
    small: p.smallint().nullable(),
    big: p.bigint().nullable(),
    bigText: p.bigint('string').nullable(),
    real: p.double().nullable(),
    single: p.float().nullable(),
    money: p.decimal().precision(12).scale(3).nullable(),
    moneyNumber: p.decimal('number').precision(8).scale(2).nullable(),
    yes: p.boolean().nullable(),
    day: p.date().nullable(),
    dayString: p.date().nullable(),
    clock: p.time().nullable(),
    moment: p.datetime(6).nullable(),
    second: p.datetime(0).nullable(),
    uuid: p.uuid().nullable(),
    json: p.json().nullable(),
    bytes: p.blob().nullable(),
    grade: p.enum(['a', 'b']).nullable(),
    level: p.enum([1, 2]).nullable(),
    words: p.array().nullable(),
    required: p.json().default('{}'),
  },
});
class Thing extends ThingSchema.class {}
ThingSchema.setClass(Thing);

const names = [
  'text',
  'short',
  'whole',
  'small',
  'big',
  'bigText',
  'real',
  'single',
  'money',
  'moneyNumber',
  'yes',
  'day',
  'clock',
  'moment',
  'second',
  'uuid',
  'json',
  'grade',
  'level',
] as const;

const things = defineResource(Thing, {
  name: 'thing',
  path: '/thing',
  key: key.natural('slug'),
  keyName: null,
  scope: () => 'all',
  fields: (f) => ({
    slug: f.field('slug'),
    ...Object.fromEntries(names.map((name) => [name, f.field(name)])),
    bytes: f.binary('bytes', { maxBytes: 200 }),
  }),
  operations: { read: true, create: true, update: true },
});

const headers = { authorization: 'Bearer a' };

for (const database of testDatabases()) {
  describe(`scalars on ${database.name}`, () => {
    let open: OpenTestDatabase;
    let api: Api;
    beforeAll(async () => {
      open = await database.open([Thing]);
      api = await createApi({
        orm: open.orm,
        resources: [things],
        auth: [tokenStrategy({ a: { scopes: ['all'] } })],
        logger: silentLogger,
        representation: { timestamp: { fraction: 6, suffix: 'Z' } },
      });
      await call(api, 'POST', '/thing', { headers, body: { slug: 'one' } });
    });
    afterAll(() => open?.close());

    const patch = (body: object) => call(api, 'PATCH', '/thing/one', { headers, body });
    const show = async () => (await call(api, 'GET', '/thing/one', { headers })).body as Record<string, unknown>;

    it('shows what is not set as null', async () => {
      const shown = await show();
      for (const name of [...names, 'bytes']) expect(shown[name], name).toBeNull();
    });

    const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
    const timestamp = (digits: number) =>
      fc
        .tuple(
          fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
          fc.nat(999_999),
        )
        .map(
          ([date]) =>
            `${date.toISOString().slice(0, 19)}.${digits === 0 ? '000000' : `${date.toISOString().slice(20, 23)}000`}Z`,
        );
    const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      text,
      short: fc.string({ maxLength: 5 }).filter((value) => !value.includes('\0')),
      whole: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      small: fc.integer({ min: -32_768, max: 32_767 }),
      big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      bigText: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      real: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
      single: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 4),
      money: fc
        .tuple(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.nat(999))
        .map(([a, b]) => `${a}.${String(b).padStart(3, '0')}`)
        .filter((value) => !value.startsWith('-0')),
      moneyNumber: fc.integer({ min: -99_999_999, max: 99_999_999 }).map((value) => (value / 100).toFixed(2)),
      yes: fc.boolean(),
      day: fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      clock: fc.nat(86_399).map((seconds) => new Date(seconds * 1000).toISOString().slice(11, 19)),
      moment: timestamp(3),
      second: timestamp(0),
      uuid: fc.uuid(),
      json: fc
        .jsonValue({ maxDepth: 3, noUnicodeString: true })
        // JSON has no negative zero.
        .map((value): unknown => JSON.parse(JSON.stringify(value)))
        .filter(
          (value) => value !== null && !/"(__proto__|constructor|prototype)"|\\u0000|-0/.test(JSON.stringify(value)),
        ),
      bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      grade: fc.constantFrom('a', 'b'),
      level: fc.constantFrom(1, 2),
    };

    for (const [name, arbitrary] of Object.entries(values)) {
      it(`gives back what it took: ${name}`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.oneof({ weight: 20, arbitrary }, { weight: 1, arbitrary: fc.constant(null) }),
            async (value) => {
              const response = await patch({ [name]: value });
              expect(response.status, `${JSON.stringify(value)} ${response.text}`).toBe(200);
              const shown = (response.body as Record<string, unknown>)[name];
              expect(shown).toEqual(value);
              // What was shown may be sent back, and means the same.
              const again = await patch({ [name]: shown });
              expect((again.body as Record<string, unknown>)[name]).toEqual(value);
            },
          ),
          { numRuns: 25 },
        );
      });
    }

    it('takes the forms that are allowed', async () => {
      for (const [name, sent, shown] of [
        ['moment', '2026-03-02T08:15:30Z', '2026-03-02T08:15:30.000000Z'],
        ['moment', '2026-03-02T10:15:30.5+02:00', '2026-03-02T08:15:30.500000Z'],
        ['money', '7', '7.000'],
        ['money', '-0.5', '-0.500'],
        ['moneyNumber', '7', '7.00'],
        ['uuid', '0195F2A0-0000-7000-8000-000000000001', '0195f2a0-0000-7000-8000-000000000001'],
        ['clock', '08:15:30', '08:15:30'],
      ] as const) {
        const response = await patch({ [name]: sent });
        expect(response.status, `${name} ${sent} ${response.text}`).toBe(200);
        expect(response.body, `${name} ${sent}`).toHaveProperty(name, shown);
      }
    });

    it('refuses with 422, never with 500, what is no value of the type', async () => {
      const refused: Readonly<Record<string, readonly unknown[]>> = {
        text: [1, true, {}, ['x']],
        short: ['123456', 1],
        whole: [2 ** 31, -(2 ** 31) - 1, 1.5, '1', 1e21],
        small: [32_768, -32_769, 0.5],
        big: ['9223372036854775808', '-9223372036854775809', '1.0', '', '0x1', 1, ' 1'],
        bigText: ['9223372036854775808', 'x'],
        real: ['1', 'NaN', 'Infinity'],
        single: [1e300],
        money: ['1.2345', '1234567890.0', 'NaN', '1e3', '', '1.', '.5', 1],
        moneyNumber: ['1.234', '1234567.00'],
        yes: ['true', 1, 'on'],
        day: ['2026-02-29', '2026-2-1', '0000-01-01', '2026-01-01T00:00:00Z', '10000-01-01', 'today', ''],
        clock: ['24:00:01', '8:15', 'now', '08:15:61', ''],
        moment: [
          '2026-02-30T00:00:00Z',
          '2026-01-01',
          '2026-01-01T24:00:01Z',
          '2016-12-31T23:59:60Z',
          '0000-01-01T00:00:00Z',
          '2026-01-01T00:00:00',
          'now',
          '',
          '2026-01-01T00:00:00+25:00',
        ],
        uuid: ['urn:uuid:0195f2a0-0000-7000-8000-000000000001', 'x', '', '0195f2a000007000800000000000000'],
        bytes: ['*', 'abc', '=', 'YQ', 'YQ=', 'Y Q=', 'A===', 'x'.repeat(400)],
        grade: ['c', 1, ''],
        level: [3, '1'],
      };
      for (const [name, list] of Object.entries(refused)) {
        for (const value of list) {
          const before = await show();
          const response = await patch({ [name]: value });
          expect(response.status, `${name} ${JSON.stringify(value)} ${response.text.slice(0, 200)}`).toBe(422);
          expect(await show()).toEqual(before);
        }
      }
    });
  });
}
