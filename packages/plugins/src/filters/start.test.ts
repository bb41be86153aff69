import { ConfigurationError } from '@sallyport/core';
import { type OpenTestDatabase, testDatabases } from '@sallyport/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { articleFilters, entities, shopOver } from './fixtures/shop.ts';
import type { FilterDeclaration, ResourceFilters } from './index.ts';

let database: OpenTestDatabase;
beforeAll(async () => {
  database = (await testDatabases({})[0]?.open([...entities])) as OpenTestDatabase;
});
afterAll(() => database.close());

/** What the start says of some filters. */
async function fault(article: unknown, name = 'article'): Promise<string> {
  const error = await shopOver(database, { resources: { [name]: article as ResourceFilters } }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).message;
}

const name: FilterDeclaration = { type: 'contains', property: 'name' };
const at = 'plugins.filters.resources.article';

describe('the start stops at', () => {
  it('resources that are not there, or cannot be searched', async () => {
    const message = 'there is no resource of this name that can be searched';
    expect(await fault({ filters: {} }, 'nothing')).toBe(`plugins.filters.resources.nothing: ${message}`);
    expect(await fault({ filters: {} }, 'maker')).toBe(`plugins.filters.resources.maker: ${message}`);
  });

  it.each<[string, object, string, string]>([
    ['an unknown property', { type: 'exact', property: 'nme' }, '.property', 'no property "nme" on Article'],
    ['an unknown path', { type: 'exact', property: 'maker.nme' }, '.property', 'no property "maker.nme" on Article'],
    ['a relation', { type: 'exact', property: 'maker' }, '.property', '"maker" is a key of the database'],
    ['a number that counts rows', { type: 'exact', property: 'id' }, '.property', '"id" is a key of the database'],
    ['the same behind a relation', { type: 'in', property: 'maker.id' }, '.property', '"maker.id" is a key'],
    ['neither property nor matches', { type: 'exact' }, '', 'needs a property or `matches`'],
    ['an unknown type', { type: 'like', property: 'name' }, '.type', 'there is no type "like"'],
    ['a type of another column', { type: 'contains', property: 'stock' }, '.property', 'integer, which contains'],
    ['a boolean of a text', { type: 'boolean', property: 'name' }, '.property', 'string, which boolean'],
    ['a range of booleans', { type: 'range', property: 'active' }, '.property', 'boolean, which range'],
    ['an operator of another type', { ...name, operators: ['eq'] }, '.operators', '"eq" is none of the type contains'],
    ['no operator at all', { ...name, operators: [] }, '.operators', 'none of the type contains: like, ilike'],
    ['a secret', { type: 'exact', property: 'token' }, '.property', 'nothing of this name'],
    ['a member that is not there', { ...name, reveals: ['nam'] }, '.reveals', 'there is no readable field "nam"'],
    ['a path that no member shows', { type: 'exact', property: 'maker.code' }, '.reveals', 'no member shows'],
    ['a list without room', { type: 'in', property: 'name', maxValues: 0 }, '.maxValues', 'a whole number of 1'],
    ['a default of another type', { type: 'range', property: 'stock', default: 'a' }, '.default', 'a whole number'],
    [
      'a sort through a relation',
      { type: 'exact', property: 'maker.code', reveals: [], sort: true },
      '.sort',
      'only a',
    ],
    ['values of another type', { type: 'contains', value: 'date', reveals: [], matches: () => {} }, '.value', 'date'],
    [
      'an option that there is none of',
      { ...name, requireScope: 'x' },
      '.requireScope',
      'did you mean "requiresScope"?',
    ],
    ['an empty scope', { ...name, requiresScope: [] }, '.requiresScope', 'no scope is declared'],
  ])('%s', async (_, declaration, place, message) => {
    expect(await fault({ filters: { tested: declaration } })).toMatch(`${at}.filters.tested${place}: `);
    expect(await fault({ filters: { tested: declaration } })).toContain(message);
  });

  it('names that cannot stand in addresses, and those of secrets', async () => {
    for (const bad of ['', 'a b', 'a[b]', '1a', 'a'.repeat(81)]) {
      expect(await fault({ filters: { [bad]: name } })).toBe(
        `${at}.filters.${bad}: this cannot be the name of a filter`,
      );
    }
    for (const bad of [
      'password',
      'user_passwordHash',
      'apiKey',
      'API_KEY',
      'client_secret',
      'a__b',
      'jwt',
      'oauth2',
      'create_uid',
      'writeUid',
      'credentials',
      'tokens',
    ]) {
      expect(await fault({ filters: { [bad]: name } })).toBe(
        `${at}.filters.${bad}: nothing of this name may be filtered by`,
      );
    }
  });

  it('presets of filters, operators and values that there are none of', async () => {
    const preset = (conditions: unknown, called = 'good') =>
      fault({ filters: { name }, presets: { [called]: { conditions } } });
    const place = `${at}.presets.good`;
    expect(await preset([{ field: 'nme', value: 'a' }])).toBe(`${place}: there is no filter "nme"`);
    expect(await preset([{ field: 'name', value: 'a' }])).toBe(`${place}: the filter "name" has no operator "eq"`);
    expect(await preset([{ field: 'name', operator: 'like', value: 5 }])).toContain('takes a text');
    expect(await preset([{ logic: 'OR', conditions: [{ field: 'name', operator: 'like', value: 5 }] }])).toContain(
      'takes',
    );
    expect(await preset([])).toBe(`${place}: a preset needs one condition or more`);
    expect(await preset([{ field: 'name', operator: 'like', value: 'a' }], 'Bad-Name')).toBe(
      `${at}.presets.Bad-Name: a preset is named like active_members`,
    );
  });

  it('limits that are none', async () => {
    expect(await fault({ filters: {}, maxComplexity: 0 })).toBe(
      `${at}.maxComplexity: a whole number of 1 or more is needed`,
    );
    expect(await fault({ filters: {}, maxDepth: 1.5 })).toBe(`${at}.maxDepth: a whole number of 1 or more is needed`);
    expect(await fault({ filters: {}, maxdepth: 1 })).toBe(
      `${at}.maxdepth: there is no such option: did you mean "maxDepth"?`,
    );
  });
});

it('starts with natural keys as columns', async () => {
  const code: FilterDeclaration = { type: 'exact', property: 'maker.code', reveals: ['maker'] };
  const api = await shopOver(database, {
    resources: { article: { ...articleFilters, presets: {}, filters: { code } } },
  });
  await api.close();
});
