import { describe, expect, it, vi } from 'vitest';
import { later, start, testSetup } from '../../test-support/calls.ts';
import { signingSecret, testClient, testHasher } from '../../test-support/clients.ts';
import { type ChangeFeed, ChangeFeedService } from '../changes/change-feed.ts';
import { createMemoryChangeFeed } from '../changes/memory-feed.ts';
import { jwtTokens } from './jwt.ts';
import { opaqueTokens } from './opaque.ts';
import type { RevocationStore } from './revocation.ts';
import type { TokenService } from './token.ts';
import { createMemoryTokenStore } from './token-store.ts';

const { client } = testClient(testHasher());

/** Stores that two processes share, each of which a test can take down. */
function sharedStores() {
  const tokens = createMemoryTokenStore();
  const revoked = new Set<string>();
  const down = { now: false };
  const asked = vi.fn(async () => {
    if (down.now) throw new Error('down');
  });
  const clients = new Map([[client.clientId, client]]);
  const revocations: RevocationStore = {
    isRevoked: async (jti) => {
      await asked();
      return revoked.has(jti);
    },
    revoke: async (jti) => {
      await asked();
      revoked.add(jti);
    },
  };
  const find = async (clientId: string) => {
    await asked();
    return clients.get(clientId);
  };
  const store = {
    ...tokens,
    find: async (digest: string) => {
      await asked();
      return tokens.find(digest);
    },
    remove: async (digest: string) => {
      await asked();
      await tokens.remove(digest);
    },
  };
  return { clients: { find }, set: clients.set.bind(clients), store, revocations, asked, down };
}

type Shared = ReturnType<typeof sharedStores>;

const kinds: readonly (readonly [string, (shared: Shared) => ReturnType<typeof opaqueTokens>])[] = [
  ['an opaque token', ({ store, clients }) => opaqueTokens({ store, clients })],
  [
    'a JWT',
    ({ revocations, clients }) =>
      jwtTokens({ algorithm: 'HS256', key: signingSecret, issuer: 'tests', audience: 'test', revocations, clients }),
  ],
];

describe.each(kinds)('R28: %s and a feed of changes', (_, kind) => {
  async function arrange(given: ChangeFeed | 'none' = createMemoryChangeFeed()) {
    const feed = given === 'none' ? undefined : given;
    const shared = sharedStores();
    const process = (): TokenService => {
      const setup = testSetup();
      if (feed !== undefined) setup.services.register(ChangeFeedService, () => feed);
      return kind(shared).connect(setup);
    };
    await feed?.start();
    const [here, there] = [process(), process()];
    const { token } = await here.issue({ client, scopes: client.scopes, now: start });
    const judge = async (service: TokenService, at = start): Promise<string> => {
      try {
        return [...(await service.verify(token, at)).scopes].join(' ');
      } catch (error) {
        const { kind: fault, code } = error as { kind?: string; code?: string };
        return fault ?? code ?? String(error);
      }
    };
    expect([await judge(here), await judge(there)]).toEqual(Array(2).fill('partner:read partner:create'));
    shared.asked.mockClear();
    return { ...shared, feed, here, there, token, judge };
  }

  it('asks nobody for five seconds, and answers at once', async () => {
    const { there, token, asked, judge } = await arrange();
    for (const seconds of [0, 1, 4.9]) expect(there.verify(token, later(seconds))).not.toBeInstanceOf(Promise);
    expect(asked).not.toHaveBeenCalled();
    await judge(there, later(5));
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('refuses what another process revokes, and what it changes of the client', async () => {
    const { feed, here, there, token, set, judge } = await arrange();
    const change = async (record: typeof client) => {
      set(client.clientId, record);
      await feed?.publish({ kind: 'client', clientId: client.clientId });
      return judge(there);
    };
    expect(await change({ ...client, scopes: ['partner:read'] })).toBe('partner:read');
    expect(await change({ ...client, active: false })).toBe('client_unknown');
    expect(await change({ ...client, epoch: 4 })).toBe('token_invalid');
    expect(await change(client)).toBe('partner:read partner:create');
    await here.revoke(token, start);
    expect([await judge(here), await judge(there)]).toEqual(['token_invalid', 'token_invalid']);
  });

  it('asks at each use while the feed is not live', async () => {
    const { feed, there, asked, judge } = await arrange();
    await feed?.close();
    for (let turn = 0; turn < 3; turn += 1) await judge(there);
    expect(asked).toHaveBeenCalledTimes(6);
  });

  it('R27: is 503 when a store is down and nothing fresh is known, and holds again afterwards', async () => {
    const { feed, there, down, judge } = await arrange();
    down.now = true;
    expect(await judge(there, later(4))).toBe('partner:read partner:create');
    expect(await judge(there, later(5))).toBe('unavailable');
    await feed?.close();
    expect(await judge(there)).toBe('unavailable');
    down.now = false;
    expect(await judge(there)).toBe('partner:read partner:create');
  });

  it('R27: a revocation that others could not be told of is 503, and stands', async () => {
    const memory = createMemoryChangeFeed();
    const mute: ChangeFeed = {
      ...memory,
      get live() {
        return memory.live;
      },
      publish: () => Promise.reject(new Error('nobody can be told')),
    };
    const { here, there, token, judge } = await arrange(mute);
    const unavailable = { code: 'unavailable', status: 503, headers: { 'Retry-After': '5' } };
    await expect(here.revoke(token, start)).rejects.toMatchObject(unavailable);
    expect(await judge(there, later(5))).toBe('token_invalid');
  });

  it('without a feed is refused within a second', async () => {
    const { here, there, token, set, judge } = await arrange('none');
    set(client.clientId, { ...client, active: false });
    expect(await judge(there)).toBe('client_unknown');
    set(client.clientId, client);
    await here.revoke(token, start);
    expect([await judge(here), await judge(there, later(1))]).toEqual(['token_invalid', 'token_invalid']);
  });
});
