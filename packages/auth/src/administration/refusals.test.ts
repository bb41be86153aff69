import { SallyportError } from '@sallyport/core';
import { expect, it } from 'vitest';
import { bareFeatures, describeAdministration } from '../../test-support/administration.ts';
import { later, start } from '../../test-support/calls.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import { createClientAdministration } from './create-administration.ts';

describeAdministration('what an administration refuses,', ({ arrange }) => {
  it('changes nothing that the trail does not take', async () => {
    const { administration: admin, directory, epoch, hasher, store } = arrange();
    const { clientId } = await admin.create({ name: 'Refused', scopes: ['a:read'] });
    const before = await admin.show(clientId);
    const old = await epoch(clientId);
    const audit = { record: () => Promise.reject(new Error('disk full at /var/log')) };
    const refusing = createClientAdministration({ directory, hasher, audit });
    const [secret] = before.secrets;
    for (const work of [
      () => refusing.create({ clientId: 'unaudited', name: 'X', scopes: [] }),
      () => refusing.rotate(clientId),
      () => refusing.revokeSecret(clientId, secret?.id ?? ''),
      () => refusing.setScopes(clientId, []),
      () => refusing.setKeys(clientId, undefined, { endSecrets: true }),
      () => refusing.disable(clientId),
      () => refusing.delete(clientId),
    ]) {
      const attempt = work();
      await expect(attempt).rejects.toMatchObject({ code: 'unavailable', status: 503 });
      await expect(attempt).rejects.not.toMatchObject({ detail: expect.stringContaining('/var/log') });
    }
    expect([await admin.show(clientId), await epoch(clientId)]).toEqual([before, old]);
    expect(await store.find('unaudited')).toBeUndefined();
  });

  it('takes an event back whose change fails after all, and tells the fault of the change', async () => {
    const { administration: admin, directory, audit, hasher } = arrange();
    const { clientId } = await admin.create({ name: 'Fails', scopes: [] });
    const failing = (error: Error) =>
      createClientAdministration({
        directory: { ...directory, change: () => Promise.reject(error) },
        hasher,
        audit,
        clock: { now: () => start },
      });
    await expect(failing(new Error('connection lost')).disable(clientId)).rejects.toMatchObject({ status: 503 });
    await expect(failing(new SallyportError('not_found')).disable(clientId)).rejects.toMatchObject({ status: 404 });
    expect(audit.events.slice(1).map(({ type, outcome, reason }) => [type, outcome, reason])).toEqual([
      ['client.disabled', 'done', undefined],
      ['client.disabled', 'failed', 'unavailable'],
      ['client.disabled', 'done', undefined],
      ['client.disabled', 'refused', 'not_found'],
    ]);
    let calls = 0;
    const once = {
      record: () => {
        calls += 1;
        return calls === 1 ? Promise.resolve() : Promise.reject(new Error('full'));
      },
    };
    const change = () => Promise.reject(new SallyportError('conflict'));
    const administration = createClientAdministration({ directory: { ...directory, change }, hasher, audit: once });
    await expect(administration.disable(clientId)).rejects.toMatchObject({ code: 'conflict' });
    expect(calls).toBe(2);
  });

  it('refuses what does not fit, and records none of it', async () => {
    const { administration: admin, audit } = arrange();
    const { clientId } = await admin.create({ name: 'Rules', scopes: [] });
    const broken = [
      () => admin.create({ name: '', scopes: [] }),
      () => admin.create({ name: 'two\nlines', scopes: [] }),
      () => admin.create({ name: '\u001b[2Jx', scopes: [] }),
      () => admin.create({ name: 'x'.repeat(201), scopes: [] }),
      () => admin.create({ name: 'A', clientId: 'a:b', scopes: [] }),
      () => admin.create({ name: 'A', clientId: 'x'.repeat(129), scopes: [] }),
      () => admin.create({ name: 'A', scopes: ['two words'] }),
      () => admin.create({ name: 'A', scopes: ['x'.repeat(129)] }),
      () => admin.create({ name: 'A', scopes: [], tokenLifetimeSeconds: 0 }),
      () => admin.create({ name: 'A', scopes: [], expiresAt: new Date('never') }),
      () => admin.create({ name: 'A', scopes: [], attributes: { text: 'x'.repeat(20_000) } }),
      () =>
        admin.setScopes(
          clientId,
          Array.from({ length: 501 }, (__, index) => `s${index}`),
        ),
      () => admin.setScopes(clientId, ['"']),
      () => admin.setApis(clientId, { 'with space': {} }),
      () => admin.setApis(clientId, { shop: { scopes: [''] } }),
      () => admin.setApis(clientId, { shop: { tokenLifetimeSeconds: -1 } }),
      () => admin.setApis(clientId, Object.fromEntries(Array.from({ length: 101 }, (__, at) => [`a${at}`, {}]))),
      () => admin.setLimits(clientId, { perMinute: 0 }),
      () => admin.setLimits(clientId, { perDay: 1.5 }),
      () => admin.setTokenLifetime(clientId, 2 ** 31),
      () => admin.setExpiry(clientId, new Date(Number.NaN)),
      () => admin.setAttributes(clientId, { text: 'x'.repeat(20_000) }),
      () => admin.setKeys(clientId, { keys: [keyPair('ES256').privateJwk] }),
      () => admin.rotate(clientId, { overlapSeconds: -1 }),
      () => admin.rotate(clientId, { overlapSeconds: Number.NaN }),
      () => admin.rotate(clientId, { overlapSeconds: 367 * 86_400 }),
      () => admin.rename(clientId, ' '),
    ];
    for (const work of broken) await expect(work()).rejects.toMatchObject({ code: 'rule_broken', status: 422 });
    const nobody = [
      () => admin.show('nobody'),
      () => admin.rotate('nobody'),
      () => admin.revokeSecret('nobody', 'x'),
      () => admin.revokeSecret(clientId, 'x'),
      () => admin.setKeys('nobody', undefined),
      () => admin.setScopes('nobody', []),
      () => admin.disable('nobody'),
      () => admin.delete('nobody'),
    ];
    for (const work of nobody) await expect(work()).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(admin.create({ name: 'A', clientId, scopes: [] })).rejects.toMatchObject({ code: 'duplicate' });
    expect(audit.events).toHaveLength(1);
  });

  it('says what a directory has no place for', async () => {
    const { directory, hasher } = arrange();
    const bare = createClientAdministration({ directory: { ...directory, without: bareFeatures }, hasher });
    const { clientId } = await bare.create({ name: 'Bare', scopes: [] });
    const jwks = { keys: [keyPair('ES256').publicJwk] };
    for (const work of [
      () => bare.setApis(clientId, {}),
      () => bare.setLimits(clientId, {}),
      () => bare.setFieldLists(clientId, {}),
      () => bare.setKeys(clientId, jwks),
      () => bare.setExpiry(clientId, later(1)),
      () => bare.setTokenLifetime(clientId, 1),
      () => bare.rotate(clientId, { overlapSeconds: 1 }),
      () => bare.create({ name: 'A', scopes: [], clientId: 'chosen' }),
      () => bare.create({ name: 'A', scopes: [], apis: {} }),
      () => bare.create({ name: 'A', scopes: [], limits: {} }),
      () => bare.create({ name: 'A', scopes: [], fieldLists: {} }),
      () => bare.create({ name: 'A', scopes: [], jwks }),
      () => bare.create({ name: 'A', scopes: [], expiresAt: later(1) }),
      () => bare.create({ name: 'A', scopes: [], tokenLifetimeSeconds: 1 }),
      () => bare.create({ name: 'A', scopes: [], environment: 'test' }),
      () => bare.rotate(clientId, { environment: 'test' }),
      () => bare.create({ name: 'A', scopes: [], unknownScopes: true }),
      () => bare.setScopes(clientId, [], { unknownScopes: true }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'rule_broken', detail: expect.stringContaining('here') });
    }
    await expect(bare.rotate(clientId)).resolves.toMatchObject({ clientId });
  });

  it('lets a directory judge scopes and attributes', async () => {
    const { directory, hasher } = arrange();
    const judge = createClientAdministration({
      hasher,
      directory: {
        ...directory,
        check({ scopes, attributes }) {
          if (scopes?.includes('bad') || attributes?.company === 'none') throw new SallyportError('rule_broken');
        },
      },
    });
    const { clientId } = await judge.create({ name: 'Judged', scopes: ['good'], attributes: { company: 'Acme' } });
    for (const work of [
      () => judge.create({ name: 'A', scopes: ['bad'] }),
      () => judge.create({ name: 'A', scopes: [], attributes: { company: 'none' } }),
      () => judge.setScopes(clientId, ['bad']),
      () => judge.setAttributes(clientId, { company: 'none' }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'rule_broken' });
    }
  });

  it('refuses lists of fields that it does not know of, unless it is told to take them', async () => {
    const { directory, hasher, audit } = arrange();
    const fields = (scope: string) => (scope.startsWith('partner:') ? ['id', 'name'] : []);
    const knowing = createClientAdministration({ directory, hasher, audit, fields });
    const { clientId } = await knowing.create({ name: 'Listed', scopes: ['partner:read'] });
    const fieldLists = { 'partner:read': ['name', 'nmae'], 'partner:all': ['id'] };
    const detail = 'partner:read has no field nmae here.';
    const known = await knowing.show(clientId);
    for (const work of [
      () => knowing.setFieldLists(clientId, fieldLists),
      () => knowing.setFieldLists(clientId, fieldLists, { unknownScopes: true }),
      () => knowing.create({ name: 'A', scopes: [], fieldLists }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'rule_broken', status: 422, detail });
    }
    expect([await knowing.show(clientId), audit.events.length]).toEqual([known, 1]);
    await knowing.setFieldLists(clientId, fieldLists, { unknownFields: true });
    expect(await knowing.show(clientId)).toMatchObject({ fieldLists, unknownFields: { 'partner:read': ['nmae'] } });
    await knowing.setFieldLists(clientId, { 'partner:read': ['name'] });
    expect(await knowing.show(clientId)).not.toHaveProperty('unknownFields');
    await knowing.setFieldLists(clientId, undefined);
    await knowing.create({ name: 'A', scopes: [], fieldLists, unknownFields: true });
  });

  it('refuses scopes that it does not know of, unless it is told to take them', async () => {
    const { directory, hasher, audit } = arrange();
    const scopes = ['partner:read', 'partner:search'];
    const knowing = createClientAdministration({ directory, hasher, audit, scopes });
    const jwks = { keys: [keyPair('ES256').publicJwk] };
    const { clientId } = await knowing.create({ name: 'Known', scopes: ['partner:read'] });
    const mistyped = ['partner:read', 'partnr:read', 'partner:raed'];
    const fieldLists = { 'partner:raed': ['name'] };
    const known = await knowing.show(clientId);
    for (const [work, named] of [
      [() => knowing.create({ name: 'A', scopes: mistyped }), 'partnr:read, partner:raed'],
      [() => knowing.create({ name: 'A', scopes: mistyped, jwks }), 'partnr:read, partner:raed'],
      [() => knowing.create({ name: 'A', scopes: [], fieldLists }), 'partner:raed'],
      [() => knowing.setScopes(clientId, mistyped), 'partnr:read, partner:raed'],
      [() => knowing.setFieldLists(clientId, fieldLists), 'partner:raed'],
      [() => knowing.as('bob').setScopes(clientId, mistyped, {}), 'partnr:read, partner:raed'],
    ] as const) {
      await expect(work()).rejects.toMatchObject({
        code: 'rule_broken',
        status: 422,
        detail: `There is no scope ${named} here.`,
      });
    }
    expect([await knowing.show(clientId), audit.events.length]).toEqual([known, 1]);

    const leave = { unknownScopes: true };
    await knowing.setScopes(clientId, mistyped, leave);
    await knowing.setFieldLists(clientId, fieldLists, leave);
    expect(await knowing.show(clientId)).toMatchObject({ scopes: mistyped, fieldLists });
    await knowing.setFieldLists(clientId, undefined);
    await knowing.setScopes(clientId, scopes);
    // Those of another API are that API's to know.
    await knowing.setApis(clientId, { other: { scopes: ['elsewhere'] } });
    const taken = await knowing.create({ name: 'Taken', scopes: mistyped, fieldLists, ...leave });
    expect(await knowing.show(taken.clientId)).toMatchObject({ scopes: mistyped, fieldLists });
    // What is no scope stays none.
    await expect(knowing.setScopes(clientId, ['two words'], leave)).rejects.toMatchObject({ code: 'rule_broken' });
  });
});
