import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { overEachDatabase } from '../../testing/index.ts';
import { ApiClient, scopeActions, scopeResources } from '../entities/index.ts';
import { checkBootstrap } from './index.ts';
import { BootstrapSchema } from './schema.ts';

/** `docs/reference/openspp-bootstrap.md` names every member as the schema has it. */
const page = await readFile(new URL('../../../../docs/reference/openspp-bootstrap.md', import.meta.url), 'utf8');

const example = checkBootstrap(JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? ''));

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
}

/** The rows of the table below a heading, by the member. */
function rowsOf(heading: string): ReadonlyMap<string, readonly string[]> {
  const [, section = ''] = page.split(`\n${heading}\n`);
  const rows = (section.split(/\n#/)[0] ?? '').match(/^\| `.*$/gm) ?? [];
  return new Map(
    rows.map((row) => {
      const [, member = '', ...cells] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return [member.replaceAll('`', ''), cells];
    }),
  );
}

// typebox's own types know more of it than is needed here.
const lists = BootstrapSchema.properties as unknown as Readonly<Record<string, Schema>>;
const entryOf = (list: string): Schema => lists[list]?.items ?? {};
const scopeOf = (list: string): Schema => {
  const { items } = entryOf(list).properties?.scopes ?? {};
  return items?.anyOf?.find(({ type }) => type === 'object') ?? items ?? {};
};
const described: readonly (readonly [heading: string, schema: Schema])[] = [
  ...['idTypes', 'codes', 'organizations', 'clients', 'consents'].map(
    (list) => [`## \`${list}\``, entryOf(list)] as const,
  ),
  ['### Scopes with fields', scopeOf('clients')],
  ['### Scopes of a consent', scopeOf('consents')],
];

describe('the page of bootstrap files', () => {
  it.each(described)('%s', (heading, { properties = {}, required = [] }) => {
    const rows = rowsOf(heading);
    expect(Object.keys(properties).length).toBeGreaterThan(1);
    expect([...rows.keys()]).toEqual(Object.keys(properties));
    for (const [member, [type = '', fallback]] of rows) {
      expect([member, fallback === 'required']).toEqual([member, required.includes(member)]);
      for (const value of properties[member]?.enum ?? []) expect(type).toContain(`\`${value}\``);
    }
  });

  it('has every list', () => {
    const records = [...rowsOf('## Records').keys()];
    const told = [...described.map(([heading]) => /^## `(.*)`$/.exec(heading)?.[1] ?? ''), ...records, '$schema'];
    expect(told.filter(Boolean).sort()).toEqual(Object.keys(lists).sort());
    expect(page).toContain('`$schema`');
    for (const name of [...scopeResources, ...scopeActions]) expect(page).toContain(`\`${name}\``);
  });

  it('begins with a file that has every list', () => {
    expect(Object.keys(example)).toEqual(Object.keys(lists).slice(1));
  });
});

overEachDatabase('the example of the page', (t) => {
  it('is loaded', async () => {
    await t.load(example);
    expect((await t.orm.em.fork().findOneOrFail(ApiClient, { clientId: 'field-app' })).name).toBe('Field app');
  });
});
