import { describe, expect, it, vi } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { pepper, testClient, testHasher } from '../../test-support/clients.ts';
import { authenticateClient } from './authenticate-client.ts';
import type { ClientRecord, ClientStore } from './client.ts';
import { createMemoryClientStore } from './memory-store.ts';
import { issueSecret } from './secret.ts';
import { describeStoredSecret } from './secret-forms.ts';
import { createSecretHasher, type SecretHasher } from './secret-hasher.ts';

const hasher = testHasher();

/** A hasher that counts. */
function counting(of: SecretHasher = hasher) {
  const verify = vi.fn(of.verify);
  return { ...of, verify };
}

it('R15: takes the same steps for unknown, wrong, disabled, expired and right', async () => {
  const right = testClient(hasher, { clientId: 'right' });
  const disabled = testClient(hasher, { clientId: 'disabled', active: false });
  const expired = testClient(hasher, { clientId: 'expired', expiresAt: start });
  const bare = testClient(hasher, { clientId: 'bare', secrets: [] });
  const store = createMemoryClientStore([right, disabled, expired, bare].map((one) => one.client));
  const attempts = [
    ['nobody', issueSecret(), false],
    ['right', issueSecret(), false],
    ['disabled', disabled.secret, false],
    ['expired', expired.secret, false],
    ['bare', bare.secret, false],
    ['right\0', right.secret, false],
    ['x'.repeat(129), right.secret, false],
    ['right', 'x'.repeat(257), false],
    ['right', '', false],
    ['right', right.secret, true],
  ] as const;
  for (const [clientId, secret, opens] of attempts) {
    const counted = counting();
    const answer = await authenticateClient({ store, hasher: counted }, { clientId, secret }, start);
    expect([clientId, answer !== undefined]).toEqual([clientId, opens]);
    expect([clientId, counted.verify.mock.calls.length]).toEqual([clientId, 2]);
  }
});

it('makes an unknown client as slow as a client of the default scheme', async () => {
  const slow = createSecretHasher({
    peppers: { current: 'k', keys: { k: 'p3pPer-of-the-tests-0123456789-abcdefghij' } },
    scheme: 'openspp',
  });
  const client = { ...testClient(hasher).client, secrets: [{ hash: await slow.import('chosen', 'openspp') }] };
  const store = createMemoryClientStore([client]);
  for (const [clientId, secret] of [
    ['nobody', 'chosen'],
    [client.clientId, 'wrong'],
  ] as const) {
    const counted = counting(slow);
    expect(await authenticateClient({ store, hasher: counted }, { clientId, secret }, start)).toBeUndefined();
    expect(counted.verify.mock.calls.map((call) => call[2].split('$').length)).toEqual([4]);
  }
  const opened = await authenticateClient(
    { store, hasher: slow },
    { clientId: client.clientId, secret: 'chosen' },
    start,
  );
  expect(opened?.client).toEqual(client);
});

describe('where slow hashes are the rule', () => {
  const slow = createSecretHasher({ peppers: { current: 'k', keys: { k: pepper } }, scheme: 'argon2id' });
  const fresh = async (change: Partial<ClientRecord> = {}) => {
    const { client } = testClient(hasher, change);
    return { ...client, secrets: [{ id: 's1', hash: await slow.import('chosen') }] };
  };

  it('a match is remembered for clients that are let in only, so that a disabled one is not told by a fast answer', async () => {
    const client = await fresh();
    const store = createMemoryClientStore([client]);
    const tries = async (secret: string) => {
      const counted = counting(slow);
      await authenticateClient({ store, hasher: counted }, { clientId: client.clientId, secret }, start);
      return counted.verify.mock.calls.map((call) => call[3]);
    };
    expect(await tries('chosen')).toEqual([{ now: start, epoch: client.epoch }]);
    store.set({ ...client, active: false });
    expect(await tries('chosen')).toEqual([undefined]);
    store.set({ ...client, expiresAt: start });
    expect(await tries('chosen')).toEqual([undefined]);
  });
});

it('pads every refusal with a slow hash where it is told to', async () => {
  const mixed = createSecretHasher({ peppers: { current: 'k', keys: { k: pepper } }, padFailures: true });
  const fast = testClient(mixed, { clientId: 'fast' });
  const off = testClient(mixed, { clientId: 'off', active: false });
  const old = testClient(mixed, { clientId: 'old', expiresAt: start });
  const imported = { ...fast.client, clientId: 'imported', secrets: [{ hash: await mixed.import('chosen') }] };
  const unreadable = { ...fast.client, clientId: 'unreadable', secrets: [{ hash: 'plain text' }] };
  const store = createMemoryClientStore([fast.client, off.client, old.client, imported, unreadable]);
  const slowHashes = async (clientId: string, secret: string) => {
    const counted = counting(mixed);
    const answer = await authenticateClient({ store, hasher: counted }, { clientId, secret }, start);
    const checked = counted.verify.mock.calls.map((call) => describeStoredSecret(call[2]).scheme);
    return [answer !== undefined, checked.filter((scheme) => scheme === 'argon2id').length];
  };
  for (const [clientId, secret] of [
    ['nobody', 'chosen'],
    ['fast', 'wrong'],
    ['off', off.secret],
    ['old', old.secret],
    ['imported', 'wrong'],
    ['unreadable', 'plain text'],
    ['x'.repeat(129), 'chosen'],
  ] as const) {
    expect([clientId, ...(await slowHashes(clientId, secret))]).toEqual([clientId, false, 1]);
  }
  expect(await slowHashes('fast', fast.secret)).toEqual([true, 0]);
  expect(await slowHashes('imported', 'chosen')).toEqual([true, 1]);
});

it('takes either of two secrets until each expires, and no third', async () => {
  const secrets = [issueSecret(), issueSecret(), issueSecret()];
  const { client } = testClient(hasher);
  const stored = secrets.map((secret, index) => ({ id: `s${index}`, hash: hasher.hash(client.clientId, secret) }));
  const [old, young, third] = stored;
  if (!old || !young || !third) throw new Error('three');
  const store = createMemoryClientStore([{ ...client, secrets: [{ ...old, expiresAt: later(10) }, young, third] }]);
  const opens = async (index: number, seconds: number) => {
    const credentials = { clientId: client.clientId, secret: secrets[index] ?? '' };
    return (await authenticateClient({ store, hasher }, credentials, later(seconds)))?.secretId;
  };
  expect([await opens(0, 0), await opens(1, 0), await opens(2, 0)]).toEqual(['s0', 's1', undefined]);
  expect([await opens(0, 10), await opens(1, 10)]).toEqual([undefined, 's1']);
});

it('does not take a store at its word that compares without case', async () => {
  const { client, secret } = testClient(hasher, { clientId: 'Client-One' });
  const store: ClientStore = { find: async () => client };
  expect(await authenticateClient({ store, hasher }, { clientId: 'client-one', secret }, start)).toBeUndefined();
});

it('answers 503 when the store does not answer, and tells nothing of it', async () => {
  const store: ClientStore = { find: () => Promise.reject(new Error('connect ECONNREFUSED db.internal:5432')) };
  const attempt = authenticateClient({ store, hasher }, { clientId: 'a', secret: issueSecret() }, start);
  await expect(attempt).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  await expect(attempt).rejects.not.toMatchObject({ detail: expect.stringContaining('db.internal') });
});
