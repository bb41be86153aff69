import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientRecord, ClientStore } from '../clients/client.ts';

/** A client store that is open, and how its data are changed from outside. */
export interface OpenedClientStore {
  readonly store: ClientStore;
  /** Another store over the same data, as a second process has it; absent for a store whose data are its own. */
  readonly other?: ClientStore;
  /** Adds the client, or puts it in the place of the one of its id. */
  put(client: ClientRecord): Promise<void>;
  close?(): Promise<void>;
}

/** A client store to be tested. */
export interface ClientStoreSubject {
  readonly name: string;
  open(): OpenedClientStore | Promise<OpenedClientStore>;
  /** A store that cannot reach its data; absent for a store that asks nobody. */
  readonly down?: () => ClientStore | Promise<ClientStore>;
}

const start = new Date('2026-05-04T10:00:00.000Z');
let made = 0;

/** A client with everything that a record can have and every store keeps. */
function client(change: Partial<ClientRecord> = {}): ClientRecord {
  made += 1;
  return {
    clientId: `client-${made}`,
    name: `Ä "client" ${made}`,
    active: true,
    secrets: [{ id: 'one', hash: '$hmac-sha256$k$AAAA' }],
    scopes: ['partner:read', 'partner:search'],
    epoch: 3,
    attributes: { organisation: 'süd' },
    ...change,
  };
}

/**
 * Declares the vitest suite that every client store passes: it answers what is there, by the exact id, as it is now, and
 * rejects when it cannot know.
 *
 * @see docs/guides/clients.md
 */
export function clientStoreConformance(subject: ClientStoreSubject): void {
  describe(`client store conformance: ${subject.name}`, () => {
    let opened: OpenedClientStore;
    beforeAll(async () => {
      opened = await subject.open();
    });
    afterAll(() => opened?.close?.());
    const stores = () => (opened.other === undefined ? [opened.store] : [opened.store, opened.other]);

    it('answers what is there, in every store over the same data', async () => {
      const one = client();
      await opened.put(one);
      for (const store of stores()) {
        const { clientId, name, active, scopes, epoch } = one;
        expect(await store.find(clientId)).toMatchObject({ clientId, name, active, scopes, epoch });
        expect((await store.find(clientId))?.secrets).toMatchObject([{ hash: '$hmac-sha256$k$AAAA' }]);
      }
    });

    it('answers inactive clients, too: who asks decides', async () => {
      const one = client({ active: false });
      await opened.put(one);
      for (const store of stores()) expect(await store.find(one.clientId)).toMatchObject({ active: false });
    });

    it('knows a client by its exact id alone', async () => {
      const one = client({ clientId: `Exact-${Date.now()}` });
      await opened.put(one);
      const { clientId } = one;
      const others = ['', clientId.toUpperCase(), clientId.toLowerCase(), `${clientId} `, ` ${clientId}`];
      others.push(clientId.slice(0, -1), `${clientId}x`, `${clientId}%`, '%', '_', '*', `' or 1=1 --`, 'x'.repeat(128));
      for (const id of others) expect([id, await opened.store.find(id)]).toEqual([id, undefined]);
    });

    it('answers each change at once, in every store over the same data', async () => {
      const one = client();
      await opened.put(one);
      for (const store of stores()) await store.find(one.clientId);
      for (const change of [{ active: false }, { scopes: [] }, { epoch: 4 }, { epoch: 5, scopes: ['a'] }]) {
        await opened.put({ ...one, ...change });
        for (const store of stores()) expect(await store.find(one.clientId)).toMatchObject(change);
      }
    });

    it('tells those who listen of each change, until they stop', async () => {
      const one = client();
      const heard: string[] = [];
      const stop = opened.store.onChange?.((clientId) => heard.push(clientId));
      if (stop === undefined) return;
      await opened.put(one);
      await opened.put({ ...one, active: false });
      expect(heard).toEqual([one.clientId, one.clientId]);
      stop();
      await opened.put(one);
      expect(heard).toHaveLength(2);
    });

    it('keeps its records to itself: who changes an answer changes nothing', async () => {
      const one = client();
      await opened.put(one);
      const answer = (await opened.store.find(one.clientId)) as unknown as { active: boolean; scopes: string[] };
      try {
        answer.active = false;
        answer.scopes.push('admin');
      } catch {
        // Frozen is as good.
      }
      expect(await opened.store.find(one.clientId)).toMatchObject({ active: true, scopes: one.scopes });
    });

    it('records uses, and changes nothing else by it', async () => {
      const one = client();
      await opened.put(one);
      const { recordUse } = opened.store;
      if (recordUse === undefined) return;
      await Promise.all([1, 2, 3].map(() => opened.store.recordUse?.(one.clientId, start, 'one')));
      await opened.store.recordUse?.('nobody-of-this-name', start);
      expect(await opened.store.find('nobody-of-this-name')).toBeUndefined();
      expect(await opened.store.find(one.clientId)).toMatchObject({
        epoch: one.epoch,
        scopes: one.scopes,
        active: true,
      });
    });

    it('replaces the stored form of a secret once, if it is still the old one, and leaves the epoch', async () => {
      const one = client();
      await opened.put(one);
      const { store } = opened;
      if (store.upgradeSecret === undefined) return;
      const upgrade = (old: string, id = 'one', clientId = one.clientId) =>
        store.upgradeSecret?.(clientId, id, old, '$hmac-sha256$k$BBBB');
      expect(await upgrade('$hmac-sha256$k$CCCC')).toBe(false);
      expect(await upgrade('$hmac-sha256$k$AAAA', 'two')).toBe(false);
      expect(await upgrade('$hmac-sha256$k$AAAA', 'one', 'nobody-of-this-name')).toBe(false);
      const many = await Promise.all(Array.from({ length: 10 }, () => upgrade('$hmac-sha256$k$AAAA')));
      expect(many.filter((done) => done === true)).toHaveLength(1);
      const now = await store.find(one.clientId);
      expect([now?.epoch, now?.secrets.map(({ hash }) => hash)]).toEqual([one.epoch, ['$hmac-sha256$k$BBBB']]);
    });

    const { down } = subject;
    if (down !== undefined) {
      it('rejects when it cannot know, and never answers "unknown"', async () => {
        await expect((await down()).find('client-1')).rejects.toThrow();
      });
    }
  });
}
