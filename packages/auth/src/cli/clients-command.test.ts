import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { testHasher } from '../../test-support/clients.ts';
import { runLine } from '../../test-support/command-line.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import type { ClientAdministration } from '../administration/client-administration.ts';
import {
  type ClientAdministrationOptions,
  createClientAdministration,
} from '../administration/create-administration.ts';
import { createClientDirectory } from '../administration/sql-directory.ts';
import { memoryAuditTrail } from '../audit/audit-trail.ts';
import { authenticateClient } from '../clients/authenticate-client.ts';
import { createClientStore } from '../clients/client-store.ts';

describe.each(databases)('the command line on %s', (_, open) => {
  let database: TestDatabase;
  let folder: string;
  const hasher = testHasher();
  const audit = memoryAuditTrail();
  beforeAll(async () => {
    database = await open();
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await database?.close();
  });

  let closed = 0;
  const store = () => createClientStore(database.orm);
  const administration = (more: Pick<ClientAdministrationOptions, 'scopes' | 'fields'> = {}) =>
    createClientAdministration({
      directory: createClientDirectory(database.orm, store()),
      hasher,
      audit,
      clock: { now: () => start },
      ...more,
    });
  const run = (...line: readonly string[]) =>
    runLine(line, {
      open: async () => ({
        administration: administration(),
        close: async () => {
          closed += 1;
        },
      }),
    });
  const opens = async (clientId: string, secret: string) =>
    (await authenticateClient({ store: store(), hasher }, { clientId, secret }, start)) !== undefined;
  /** A client, made by the command line. */
  const made = async (...more: readonly string[]) => {
    const ran = await run('create', '--name', 'App', ...more);
    const [, clientId = '', secret = ''] = /^client_id {6}(\S+)\nclient_secret {2}(\S+)\n$/.exec(ran.output) ?? [];
    expect([ran.errors, ran.code]).toEqual(['', 0]);
    return { clientId, secret };
  };

  it('makes a client and tells its secret once, on standard output', async () => {
    const before = closed;
    const { clientId, secret } = await made('--scope', 'a:read', 'a:create', '--scope', 'b:read');
    expect(closed).toBe(before + 1);
    expect(secret).toMatch(/^sps_live_/);
    expect(await opens(clientId, secret)).toBe(true);
    const shown = await run('show', clientId);
    expect(shown.output).toMatch(
      new RegExp(
        [
          `^client_id   ${clientId}`,
          'name        App',
          'state       active',
          'scopes      a:read a:create b:read',
          'fields      all',
          'apis        every one that knows it',
          'per minute  as the API says',
          'per day     as the API says',
          'secret      \\S+; hmac-sha256, pepper k1; last used never',
          `created     ${start.toISOString()}`,
          'last used   never',
          'requests    0\n$',
        ].join('\n'),
      ),
    );
    expect(shown.output).not.toContain(secret);
  });

  it('makes one with everything that there is', async () => {
    const line = ['create', '--json', '--name', 'Whole', '--id', 'whole', '--test', '--expires', '2027-01-31'];
    const limits = ['--lifetime', '30m', '--per-minute', '5', '--per-day', '50', '--attribute', 'company=Acme=1', 'x='];
    const { output } = await run(...line, ...limits, '--api', 'shop=a:read,b:read', 'other');
    expect(JSON.parse(output)).toEqual({ client_id: 'whole', client_secret: expect.stringMatching(/^sps_test_/) });
    const shown = JSON.parse((await run('show', 'whole', '--json')).output);
    expect(shown).toMatchObject({
      name: 'Whole',
      expiresAt: '2027-01-31T00:00:00.000Z',
      tokenLifetimeSeconds: 1800,
      limits: { perMinute: 5, perDay: 50 },
      apis: { shop: { scopes: ['a:read', 'b:read'] }, other: {} },
      attributes: { company: 'Acme=1', x: '' },
      scopes: [],
    });
    await run('fields', 'whole', 'a:read=name,email', 'b:read=');
    expect((await run('show', 'whole')).output).toContain(
      [
        'fields          a:read: name email',
        'fields          b:read: none',
        '                whether the API has these fields is not known here',
        'api             shop: a:read b:read',
        'api             other',
        'per minute      5',
        'per day         50\n',
      ].join('\n'),
    );
    await administration().setApis('whole', {});
    await run('limits', 'whole', '--per-day', '9');
    expect((await run('show', 'whole')).output).toContain(
      'apis            none\nper minute      as the API says\nper day         9\n',
    );
  });

  it('lists by pages, or all', async () => {
    for (const id of ['zz-1', 'zz-2', 'zz-3']) await made('--id', id, '--scope', 'a:read');
    await run('disable', 'zz-2');
    await run('expiry', 'zz-3', '2026-05-04T10:00Z');
    const all = await run('list', '--after', 'zz-');
    expect(all.output).toBe(
      'zz-1\tApp\tactive\tnever\t0\ta:read\nzz-2\tApp\tdisabled\tnever\t0\ta:read\nzz-3\tApp\texpired\tnever\t0\ta:read\n',
    );
    const page = JSON.parse((await run('list', '--after', 'zz-', '--limit', '2', '--json')).output);
    expect([page.clients.map((one: { clientId: string }) => one.clientId), page.next]).toEqual([
      ['zz-1', 'zz-2'],
      'zz-2',
    ]);
    expect((await run('list', '--after', 'zz-3')).output).toBe('');
    expect(await run('list', '--limit', '0')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('--limit: expected a whole number'),
    });
  });

  it('lists more than a directory tells at a time', async () => {
    const many = Array.from({ length: 450 }, (__, at) => ({ clientId: `c${String(at).padStart(3, '0')}` }));
    const asked: number[] = [];
    const list: ClientAdministration['list'] = async ({ after, limit = 50 } = {}) => {
      asked.push(limit);
      const from = many.findIndex(({ clientId }) => after === undefined || clientId > after);
      const clients = from < 0 ? [] : many.slice(from, from + limit);
      const next = from + limit < many.length ? clients.at(-1)?.clientId : undefined;
      return { clients, ...(next === undefined ? {} : { next }) } as never;
    };
    const paged = { ...administration(), list };
    const opened = async () => ({ administration: { ...paged, as: () => paged }, close: async () => {} });
    const columns = ({ clientId }: { readonly clientId: string }) => [clientId];
    const all = await runLine(['list'], { open: opened, columns });
    expect(all.output.trim().split('\n')).toEqual(many.map(({ clientId }) => clientId));
    const some = await runLine(['list', '--limit', '250'], { open: opened, columns });
    expect(some.output.trim().split('\n')).toHaveLength(250);
    expect(asked).toEqual([200, 200, 200, 200, 50]);
  });

  it('rotates with an overlap, and ends the old secret', async () => {
    const { clientId, secret: old } = await made();
    const rotated = await run('rotate', clientId, '--overlap', '24h', '--test');
    const [, secret = ''] = /^client_secret {2}(sps_test_\S+)\n$/.exec(rotated.output) ?? [];
    expect([await opens(clientId, old), await opens(clientId, secret)]).toEqual([true, true]);
    const { secrets } = JSON.parse((await run('show', clientId, '--json')).output);
    expect(secrets[0].expiresAt).toBe(later(86_400).toISOString());
    // Words that no program takes for options.
    for (const { id } of secrets) expect(id).toMatch(/^[0-9a-f]{8}$/);
    const revoked = await run('revoke-secret', clientId, secrets[0].id, '--keep-tokens');
    expect(revoked).toEqual({ output: `${clientId}: the secret is ended\n`, errors: '', code: 0 });
    expect([await opens(clientId, old), await opens(clientId, secret)]).toEqual([false, true]);
    const json = JSON.parse((await run('rotate', clientId, '--json')).output);
    expect(json).toEqual({ client_id: clientId, client_secret: expect.stringMatching(/^sps_live_/) });
    expect(await opens(clientId, secret)).toBe(false);
  });

  it('says of a rotation whether tokens live', async () => {
    const { clientId } = await made();
    const epoch = async () => (await store().find(clientId))?.epoch ?? 0;
    const growth = async (...options: string[]) => {
      const before = await epoch();
      expect((await run('rotate', clientId, ...options)).code).toBe(0);
      return (await epoch()) - before;
    };
    expect(await growth()).toBe(1);
    expect(await growth('--keep-tokens')).toBe(0);
    expect(await growth('--overlap', '1h')).toBe(0);
    expect(await growth('--overlap', '1h', '--end-tokens')).toBe(1);
    expect(await run('rotate', clientId, '--keep-tokens', '--end-tokens')).toMatchObject({ code: 1, output: '' });
  });

  it('switches off and on, renames, limits, ends', async () => {
    const { clientId } = await made();
    const stateAfter = async (...line: readonly [string, ...string[]]) => {
      const [name, ...rest] = line;
      expect(await run(name, clientId, ...rest)).toMatchObject({ errors: '', code: 0 });
      return administration().show(clientId);
    };
    expect(await stateAfter('disable')).toMatchObject({ active: false });
    expect(await stateAfter('enable')).toMatchObject({ active: true });
    expect(await stateAfter('rename', 'Other')).toMatchObject({ name: 'Other' });
    expect(await stateAfter('scopes', 'a:read', 'b:read')).toMatchObject({ scopes: ['a:read', 'b:read'] });
    expect(await stateAfter('scopes', '--none')).toMatchObject({ scopes: [] });
    expect(await stateAfter('apis', 'shop=a:read', 'urn:x')).toMatchObject({
      apis: { shop: { scopes: ['a:read'] }, 'urn:x': {} },
    });
    expect(await stateAfter('apis', '--every')).not.toHaveProperty('apis');
    expect(await stateAfter('limits', '--per-minute', '7')).toMatchObject({ limits: { perMinute: 7 } });
    expect(await stateAfter('limits')).not.toHaveProperty('limits');
    expect(await stateAfter('fields', 'a:read=name,email', 'b:read=')).toMatchObject({
      fieldLists: { 'a:read': ['name', 'email'], 'b:read': [] },
    });
    expect(await stateAfter('fields')).not.toHaveProperty('fieldLists');
    expect(await stateAfter('expiry', '2027-01-31T12:00+02:00')).toMatchObject({
      expiresAt: new Date('2027-01-31T10:00Z'),
    });
    expect(await stateAfter('expiry', 'never')).not.toHaveProperty('expiresAt');
    expect(JSON.parse((await run('disable', clientId, '--json')).output)).toEqual({ client_id: clientId });
  });

  it('takes keys out of a file, and tells nothing of a file that is wrong', async () => {
    const { publicJwk, privateJwk } = keyPair('ES256');
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const good = await write('good.json', JSON.stringify({ keys: [{ ...publicJwk, kid: 'spring' }] }));
    const created = await run('create', '--name', 'Signer', '--keys', good);
    const [, clientId = ''] = /^client_id {6}(\S+)\n$/.exec(created.output) ?? [];
    expect((await run('show', clientId)).output).toContain('key         spring EC ES256\n');
    expect(await run('keys', clientId)).toMatchObject({ output: `${clientId}: no keys\n`, code: 0 });
    expect(await run('keys', clientId, good, '--end-secrets', '--keep-tokens')).toMatchObject({ code: 0 });
    for (const text of [JSON.stringify({ keys: [privateJwk] }), `-----${privateJwk.d}-----`, '{}', 'null']) {
      const refused = await run('keys', clientId, await write('bad.json', text));
      expect(refused.code).toBe(1);
      expect(refused.errors).toMatch(/^.+\n$/);
      expect(refused.errors).not.toContain(privateJwk.d);
    }
    expect(await run('keys', clientId, join(folder, 'absent.json'))).toMatchObject({
      errors: 'The file of keys cannot be read.\n',
      code: 1,
    });
  });

  it('deletes when told twice', async () => {
    const { clientId } = await made();
    const asked = await run('delete', clientId);
    expect(asked).toMatchObject({ output: '', errors: expect.stringContaining('say --yes'), code: 1 });
    expect(await store().find(clientId)).toBeDefined();
    expect(await run('delete', clientId, '--yes')).toEqual({ output: `${clientId}: deleted\n`, errors: '', code: 0 });
    expect(await store().find(clientId)).toBeUndefined();
  });

  it('audits under the name that is given, else under the user of the system', async () => {
    const { clientId } = await made('--actor', 'ada');
    expect(audit.events.at(-1)).toMatchObject({ type: 'client.created', actor: 'ada', clientId });
    await run('disable', clientId);
    expect(audit.events.at(-1)).toMatchObject({ type: 'client.disabled', actor: userInfo().username });
  });

  it.each([
    [['show', 'nobody'], 'There is no such client.'],
    [['rotate', 'nobody'], 'There is no such client.'],
    [['revoke-secret', 'nobody', 'x'], 'There is no such client.'],
    [['delete', 'nobody', '--yes'], 'There is no such client.'],
    [['scopes', 'nobody', 'a b'], 'A scope is not well formed.'],
    [['create', '--name', 'A', '--id', 'a:b'], 'The client id is not well formed.'],
    [['create', '--name', ' '], 'A name has 1 to 200 characters on one line.'],
    [['create', '--name', 'A', '--expires', 'soon'], '--expires: expected a day'],
    [
      ['create', '--name', 'A', '--lifetime', '1w'],
      '--lifetime: expected a length of time with its unit (s, m, h or d)',
    ],
    [['create', '--name', 'A', '--lifetime', '600'], '--lifetime: expected a length of time with its unit'],
    [['rotate', 'nobody', '--overlap', '24'], 'such as 90s, 30m, 24h or 7d'],
    [['create', '--name', 'A', '--attribute', 'novalue'], '--attribute: expected name=value'],
    [['scopes', 'nobody'], 'Name scopes, or say --none.'],
    [['fields', 'nobody', 'name'], 'lists: expected scope=field,field'],
    [['limits', 'nobody', '--per-day', 'many'], '--per-day: expected a whole number'],
    [['apis', 'nobody'], 'Name APIs, or say --every.'],
    [['apis', 'nobody', 'shop', '--every'], 'Name APIs, or say --every.'],
    [['expiry', 'nobody', '31.1.2027'], 'time: expected a day'],
    [['expiry', 'nobody', '2027-02-31T99:00Z'], 'time: expected a day'],
    [['rotate', 'nobody', '--overlap', '5x'], '--overlap: expected a length of time'],
    [['disable', 'nobody', '--actor', 'a\u001b[2J'], 'A name has 1 to 200 characters on one line.'],
  ])('refuses in one line on standard error: %j', async (line, message) => {
    const ran = await run(...line);
    expect(ran).toEqual({ output: '', errors: expect.stringContaining(message), code: 1 });
    expect(ran.errors).toMatch(/^[^\n]+\n$/);
  });

  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
  ])('reads %s as a length of time', async (text, seconds) => {
    const { clientId } = await made('--lifetime', text);
    expect(await administration().show(clientId)).toMatchObject({ tokenLifetimeSeconds: seconds });
  });

  it.each([
    ['3D000', 'The server has no such database: make it, or correct the name'],
    ['42P01', 'A table is missing: run your migrations'],
    ['ECONNREFUSED', 'The database does not answer at this address'],
  ])('tells what to do about %s', async (code, told) => {
    const open = () => Promise.reject(Object.assign(new Error('what was sent'), { code }));
    expect(await runLine(['list'], { open })).toEqual({ output: '', errors: `${told} (${code})\n`, code: 2 });
  });

  it('refuses scopes that the API does not have, unless it is forced', async () => {
    const scopes = ['a:read', 'b:read'];
    const knowing = (...line: readonly string[]) =>
      runLine(line, { open: async () => ({ administration: administration({ scopes }), close: async () => {} }) });
    const refused = { output: '', errors: 'There is no scope a:raed here.\n', code: 1 };
    expect(await knowing('create', '--name', 'A', '--scope', 'a:read', 'a:raed')).toEqual(refused);
    const { client_id: id } = JSON.parse(
      (await knowing('create', '--name', 'A', '--scope', 'a:raed', '--force', '--json')).output,
    );
    expect(await administration().show(id)).toMatchObject({ scopes: ['a:raed'] });
    expect(await knowing('scopes', id, 'b:read')).toMatchObject({ errors: '', code: 0 });
    expect(await knowing('scopes', id, 'a:read', 'a:raed')).toEqual(refused);
    expect(await knowing('fields', id, 'a:raed=name')).toEqual(refused);
    expect(await administration().show(id)).toMatchObject({ scopes: ['b:read'] });
    expect(await knowing('scopes', id, 'a:raed', '--force')).toMatchObject({ output: `${id}: scopes a:raed\n` });
    expect(await knowing('fields', id, 'a:raed=name', '--force')).toMatchObject({ errors: '', code: 0 });
    expect(await knowing('scopes', id, '--none')).toMatchObject({ errors: '', code: 0 });
  });

  it('refuses lists of fields that the API does not have, unless it is forced, and shows them', async () => {
    const knowing = (...line: readonly string[]) =>
      runLine(line, {
        open: async () => ({ administration: administration({ fields: () => ['id', 'name'] }), close: async () => {} }),
      });
    const { clientId } = await made('--scope', 'a:read');
    const lists = 'a:read=name,bogus';
    expect(await knowing('fields', clientId, lists)).toEqual({
      output: '',
      errors: 'a:read has no field bogus here.\n',
      code: 1,
    });
    expect(await knowing('fields', clientId, lists, '--force')).toMatchObject({ errors: '', code: 0 });
    expect((await knowing('show', clientId)).output).toMatch(/^fields +a:read: name bogus \(there is no bogus\)$/m);
    expect(JSON.parse((await knowing('show', clientId, '--json')).output)).toMatchObject({
      unknownFields: { 'a:read': ['bogus'] },
    });
    // Where nobody has said which there are, they are taken, and shown with a warning.
    expect(await run('fields', clientId, lists)).toMatchObject({ errors: '', code: 0 });
    const { output } = await run('show', clientId);
    expect(output).toMatch(/^fields +a:read: name bogus\n +whether the API has these fields is not known here$/m);
  });

  it('refuses an id that is taken', async () => {
    const { clientId } = await made();
    const ran = await run('create', '--name', 'Again', '--id', clientId);
    expect(ran).toEqual({ output: '', errors: 'There is already a client with this id.\n', code: 1 });
  });

  it('lets nothing that is kept steer the terminal', async () => {
    const { clientId } = await made('--attribute', 'note=\u001b[2J');
    const shown = await run('show', clientId);
    expect(shown.output).toContain('note        ?[2J\n');
  });
});
