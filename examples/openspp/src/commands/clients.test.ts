import { memoryAuditTrail } from '@sallyport/auth';
import { call } from '@sallyport/plugins/testing';
import { Command } from 'commander';
import { beforeAll, expect, it } from 'vitest';
import { type Answer, basePath, overEachDatabase, secrets } from '../../testing/index.ts';
import { createAdministration } from '../clients/administration.ts';
import { ApiClient, ApiScope, Organization } from '../entities/index.ts';
import { addClientCommands } from './clients.ts';

overEachDatabase('the commands of clients', (t) => {
  const audit = memoryAuditTrail();
  const run = async (...line: readonly string[]) => {
    const said = { output: '', errors: '', code: 0 };
    const program = new Command('openspp');
    addClientCommands(program, {
      open: async () => ({
        administration: createAdministration(t.orm, secrets.peppers, audit),
        close: async () => {},
      }),
      output: {
        write: (text) => {
          said.output += text;
        },
        complain: (text) => {
          said.errors += text;
        },
        exit: (code) => {
          said.code = code;
        },
      },
    });
    await program.parseAsync(['clients', ...line], { from: 'user' });
    return said;
  };
  const requestToken = async (clientId: string, secret: string): Promise<Answer> => {
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
    return call(t.api, 'POST', `${basePath}/oauth/token`, { body });
  };
  const use = async (token: string) =>
    (await call(t.api, 'GET', `${basePath}/Group`, { headers: { authorization: `Bearer ${token}` } })).status;

  let clientId: string;
  let secret: string;
  beforeAll(async () => {
    const line = ['create', '--name', 'Field app', '--organization', 'Lakeside Relief Trust', '--type', 'ngo'];
    const made = await run(...line, '--legal-basis', 'public_task', '--scope', 'group:read', 'program:all');
    [, clientId = '', secret = ''] =
      /^client_id {6}(client_\S{22})\nclient_secret {2}(\S{43})\n$/.exec(made.output) ?? [];
  });

  it('make a client whose secret is kept as OpenSPP keeps it, and list it', async () => {
    expect((await requestToken(clientId, secret)).body.scope).toBe('group:read program:all');
    const kept = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId }, { populate: ['organization'] });
    expect(kept.secretHash).toMatch(/^\$pepper\$[0-9a-f]{8}\$scrypt\$[^$,]+\$[^$]+$/);
    expect(kept).toMatchObject({ legalBasis: 'public_task', organizationType: { code: 'ngo' } });
    const { output } = await run('list');
    const row = [clientId, 'Field app', 'Lakeside Relief Trust', 'public_task', 'active', 'group:read program:all'];
    expect(output.split('\n')).toContain(row.join('\t'));
    const after = JSON.parse((await run('list', '--json', '--after', clientId, '--limit', '1')).output);
    expect(after.clients.every((one: { clientId: string }) => one.clientId > clientId)).toBe(true);
  });

  it('give a client to an organisation that is there already, with the type that it has', async () => {
    const line = ['create', '--name', 'Other', '--organization', 'Lakeside Relief Trust', '--type', 'government'];
    const { client_id: other } = JSON.parse((await run(...line, '--json')).output);
    const { attributes, limits, lastUsedAt } = JSON.parse((await run('show', other, '--json')).output);
    expect(attributes).toEqual({
      organization: 'Lakeside Relief Trust',
      organizationType: 'ngo',
      legalBasis: 'consent',
    });
    expect([limits, lastUsedAt]).toEqual([{ perMinute: 60_000, perDay: 10_000_000 }, undefined]);
    expect(await t.orm.em.fork().count(Organization, { name: 'Lakeside Relief Trust' })).toBe(1);
  });

  it('B-045: give another secret, and the tokens that are out go on', async () => {
    const token = (await requestToken(clientId, secret)).body.access_token;
    const rotated = await run('rotate', clientId);
    const [, next = ''] = /^client_secret {2}(\S{43})\n$/.exec(rotated.output) ?? [];
    expect((await requestToken(clientId, secret)).status).toBe(401);
    expect((await requestToken(clientId, next)).status).toBe(200);
    expect(await use(token)).toBe(200);
    secret = next;
    const shown = await run('show', clientId);
    expect(shown.output).toMatch(/\nsecret +secret; openspp, pepper [0-9a-f]{8}; last used never\n/);
    expect(shown.output).toMatch(/\nlast used +\d{4}-/);
    expect(shown.output).not.toContain(secret);
  });

  it('B-046: change scopes and state with the next request, and keep the allow-lists of scopes that stay', async () => {
    const token = (await requestToken(clientId, secret)).body.access_token;
    await run('fields', clientId, 'group:read=name');
    await run('scopes', clientId, 'group:read', 'individual:read', 'group:read');
    const scopes = await t.orm.em.fork().find(ApiScope, { client: { clientId } }, { orderBy: { resource: 'asc' } });
    expect(scopes.map(({ resource, action, fields }) => [resource, action, fields])).toEqual([
      ['group', 'read', ['name']],
      ['individual', 'read', null],
    ]);
    expect(await use(token)).toBe(200);
    await run('scopes', clientId, 'individual:read');
    expect(await use(token)).toBe(403);
    await run('scopes', clientId, 'group:read');
    await run('disable', clientId);
    expect([await use(token), (await requestToken(clientId, secret)).status]).toEqual([401, 401]);
    await run('enable', clientId);
    expect(await use(token)).toBe(200);
    await run('limits', clientId, '--per-minute', '5');
    expect((await t.orm.em.fork().findOneOrFail(ApiClient, { clientId })).rateLimitPerMinute).toBe(5);
    await run('limits', clientId);
    expect((await t.orm.em.fork().findOneOrFail(ApiClient, { clientId })).rateLimitPerMinute).toBe(60_000);
  });

  it('O1: change the type of an organisation until it is verified', async () => {
    expect(await run('organization-type', clientId, 'un')).toMatchObject({ code: 0 });
    expect(await run('verify', clientId, '--by', 'The registrar', '--actor', 'ada')).toEqual({
      output: `${clientId}: verified by The registrar\n`,
      errors: '',
      code: 0,
    });
    expect(audit.events.at(-1)).toMatchObject({ type: 'client.changed', actor: 'ada', clientId });
    const kept = await t.orm.em.fork().findOneOrFail(ApiClient, { clientId });
    expect(kept).toMatchObject({ organizationTypeVerified: true, organizationTypeVerifiedBy: 'The registrar' });
    expect(kept.organizationTypeVerifiedAt).not.toBeNull();
    const locked = await run('organization-type', clientId, 'government');
    expect(locked).toMatchObject({ output: '', code: 1 });
    expect(locked.errors).toMatch(new RegExp(`^The organisation type of ${clientId} has been verified .+\n$`));
    expect(audit.events.slice(-2).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['done', undefined],
      ['refused', 'organization_type_locked'],
    ]);
    expect(await run('rename', clientId, 'Renamed')).toMatchObject({ code: 0 });
  });

  it('end the secret, and delete the client', async () => {
    const { client_id: id, client_secret: own } = JSON.parse(
      (await run('create', '--name', 'Gone', '--organization', 'Other', '--scope', 'group:read', '--json')).output,
    );
    const token = (await requestToken(id, own)).body.access_token;
    expect(await run('revoke-secret', id, 'secret')).toMatchObject({ code: 0 });
    expect((await requestToken(id, own)).status).toBe(401);
    expect((await requestToken(id, '')).status).toBe(401);
    expect(JSON.parse((await run('show', id, '--json')).output).secrets).toEqual([]);
    expect(await run('revoke-secret', id, 'secret')).toMatchObject({ code: 1 });
    const { client_secret: next } = JSON.parse((await run('rotate', id, '--json')).output);
    expect((await requestToken(id, next)).status).toBe(200);
    expect(await run('delete', id)).toMatchObject({ code: 1 });
    expect(await run('delete', id, '--yes')).toMatchObject({ code: 0 });
    expect([await use(token), (await requestToken(id, next)).status]).toEqual([401, 401]);
    expect(await t.orm.em.fork().count(ApiScope, { client: { clientId: id } })).toBe(0);
  });

  it('refuse what OpenSPP does not know', async () => {
    for (const [line, message] of [
      [['scopes', clientId, 'individual:fly'], 'individual:fly: expected one of read, search'],
      [['fields', clientId, 'group:read=name,bogus'], 'group:read has no field bogus here.'],
      [['fields', clientId, 'program:read=name'], 'program:read: the client does not have this scope'],
      [['scopes', clientId, 'house:read'], 'house:read: expected one of individual'],
      [['scopes', clientId, 'group:read:all'], 'group:read:all: expected resource:action'],
      [['scopes', clientId, 'group'], 'group: expected one of read'],
      [['organization-type', clientId, 'club'], 'type: expected one of government'],
      [['create', '--name', 'A', '--organization', ' '], 'A client has an organisation.'],
      [['show', 'nobody'], 'There is no such client.'],
      [['verify', 'nobody', '--by', 'x'], 'There is no such client.'],
    ] as const) {
      const ran = await run(...line);
      expect(ran).toEqual({ output: '', errors: expect.stringContaining(message), code: 1 });
    }
    const administration = createAdministration(t.orm, secrets.peppers);
    // Its secrets have no prefix (contract §4.1), and so none that tells those of tests.
    const program = new Command('openspp');
    addClientCommands(program);
    const commands = program.commands[0]?.commands ?? [];
    expect(commands.map((command) => command.name())).toContain('rotate');
    expect(commands.flatMap(({ options }) => options.map(({ long }) => long))).not.toContain('--test');
    await expect(administration.rotate(clientId, { environment: 'test' })).rejects.toMatchObject({
      code: 'rule_broken',
    });
    await expect(administration.setAttributes(clientId, { organization: 'Other' })).rejects.toMatchObject({
      code: 'rule_broken',
      detail: 'The organisation of a client stays.',
    });
    await expect(administration.setAttributes(clientId, { legalBasis: 'whim' })).rejects.toMatchObject({
      code: 'rule_broken',
    });
    await administration.setAttributes(clientId, { legalBasis: 'contract' });
    expect((await t.orm.em.fork().findOneOrFail(ApiClient, { clientId })).legalBasis).toBe('contract');
  });

  it('are safe when many change one client at once', async () => {
    const administration = createAdministration(t.orm, secrets.peppers);
    const attributes = { organization: 'Many', organizationType: 'other', legalBasis: 'consent' };
    const { clientId: id } = await administration.create({ name: 'Many', scopes: [], attributes });
    const rotated = await Promise.all([1, 2, 3].map(() => administration.rotate(id)));
    const statuses = await Promise.all(rotated.map(async (one) => (await requestToken(id, one.secret)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    await Promise.all([
      administration.setScopes(id, ['group:read', 'program:read']),
      administration.rename(id, 'Renamed'),
      administration.disable(id),
    ]);
    expect(await administration.show(id)).toMatchObject({
      name: 'Renamed',
      active: false,
      scopes: ['group:read', 'program:read'],
    });
  });
});
