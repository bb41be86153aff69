import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RevocationStore } from '../tokens/revocation.ts';
import type { StoredToken, TokenStore } from '../tokens/token-store.ts';

/** A store that is open, and another one over the same data, as a second process has it; absent where there is none. */
export interface OpenedStore<Store> {
  readonly store: Store;
  readonly other?: Store;
  close?(): Promise<void>;
}

/** A store to be tested. */
export interface StoreSubject<Store> {
  readonly name: string;
  open(): OpenedStore<Store> | Promise<OpenedStore<Store>>;
  /** A store that cannot reach its data; absent for a store that asks nobody. */
  readonly down?: () => Store | Promise<Store>;
}

const start = new Date('2026-05-04T10:00:00.000Z');
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function token(change: Partial<StoredToken> = {}): StoredToken {
  return {
    digest: hash('sha256', randomBytes(32), 'base64url'),
    clientId: 'shop',
    scopes: ['partner:read', 'Ä"b'],
    epoch: 2,
    audience: 'https://api.example.org/a?b=c',
    issuedAt: start,
    expiresAt: later(600),
    ...change,
  };
}

function opening<Store>(subject: StoreSubject<Store>): { stores(): readonly Store[]; store(): Store } {
  let opened: OpenedStore<Store>;
  beforeAll(async () => {
    opened = await subject.open();
  });
  afterAll(() => opened?.close?.());
  return {
    store: () => opened.store,
    stores: () => (opened.other === undefined ? [opened.store] : [opened.store, opened.other]),
  };
}

/**
 * Declares the vitest suite that every store of opaque tokens passes.
 *
 * @see docs/guides/revocation.md
 */
export function tokenStoreConformance(subject: StoreSubject<TokenStore>): void {
  describe(`token store conformance: ${subject.name}`, () => {
    const { store, stores } = opening(subject);

    it('answers what was put in, in every store over the same data', async () => {
      const [one, bare] = [token(), token({ scopes: [] })];
      await store().insert(one);
      await store().insert(bare);
      for (const each of stores()) {
        expect(await each.find(one.digest)).toMatchObject({ ...one });
        expect(await each.find(bare.digest)).toMatchObject({ ...bare });
      }
    });

    it('knows a token by its exact digest alone', async () => {
      const one = token({ digest: `aBc-_${hash('sha256', randomBytes(32), 'base64url').slice(5)}` });
      await store().insert(one);
      const { digest } = one;
      const others = ['', digest.toLowerCase(), digest.toUpperCase(), digest.slice(0, -1), `${digest}x`, '%', '_'];
      for (const other of others) expect([other, await store().find(other)]).toEqual([other, undefined]);
    });

    it('removes one token, for every store over the same data, and no other', async () => {
      const [one, other] = [token(), token()];
      await Promise.all([store().insert(one), store().insert(other)]);
      for (const each of stores()) await each.find(one.digest);
      await store().remove(one.digest);
      for (const each of stores()) {
        expect(await each.find(one.digest)).toBeUndefined();
        expect(await each.find(other.digest)).toMatchObject({ digest: other.digest });
      }
      await store().remove(one.digest);
    });

    it('keeps what many put in at once', async () => {
      const many = Array.from({ length: 40 }, () => token());
      await Promise.all(many.map((one) => store().insert(one)));
      const found = await Promise.all(many.map(({ digest }) => store().find(digest)));
      expect(found.map((one) => one?.digest)).toEqual(many.map(({ digest }) => digest));
    });

    it('drops what has expired, and nothing before', async () => {
      const [old, live] = [token({ expiresAt: later(10) }), token({ expiresAt: later(20) })];
      await Promise.all([store().insert(old), store().insert(live)]);
      await store().removeExpired?.(later(15));
      expect(await store().find(live.digest)).toMatchObject({ expiresAt: later(20) });
      if (store().removeExpired !== undefined) expect(await store().find(old.digest)).toBeUndefined();
    });

    const { down } = subject;
    if (down !== undefined) {
      it('rejects when it cannot know or keep', async () => {
        const away = await down();
        await expect(away.find(token().digest)).rejects.toThrow();
        await expect(away.insert(token())).rejects.toThrow();
        await expect(away.remove(token().digest)).rejects.toThrow();
      });
    }
  });
}

/**
 * Declares the vitest suite that every list of revoked JWTs passes.
 *
 * @see docs/guides/revocation.md
 */
export function revocationStoreConformance(subject: StoreSubject<RevocationStore>): void {
  describe(`revocation store conformance: ${subject.name}`, () => {
    const { store, stores } = opening(subject);
    const jti = () => randomBytes(16).toString('base64url');

    it('remembers what was revoked, in every store over the same data, and nothing else', async () => {
      const [one, other] = [`Ab${jti()}`, jti()];
      for (const each of stores()) expect(await each.isRevoked(one, start)).toBe(false);
      await store().revoke(one, later(600), start);
      for (const each of stores()) {
        expect(await each.isRevoked(one, start)).toBe(true);
        for (const not of [other, '', one.toLowerCase(), one.slice(0, -1), '%']) {
          expect([not, await each.isRevoked(not, start)]).toEqual([not, false]);
        }
      }
    });

    it('remembers it for as long as the token would have lived, whatever else is revoked meanwhile', async () => {
      const one = jti();
      await store().revoke(one, later(600), start);
      await store().revoke(one, later(600), later(1));
      for (let turn = 0; turn < 30; turn += 1) await store().revoke(jti(), later(100), later(turn));
      await store().revoke(jti(), later(900), later(599));
      for (const each of stores()) expect(await each.isRevoked(one, later(599))).toBe(true);
    });

    it('takes many at once', async () => {
      const many = Array.from({ length: 40 }, jti);
      await Promise.all([...many, ...many].map(async (one) => store().revoke(one, later(600), start)));
      const found = await Promise.all(many.map(async (one) => store().isRevoked(one, start)));
      expect(found).toEqual(many.map(() => true));
    });

    const { down } = subject;
    if (down !== undefined) {
      it('rejects when it cannot know or keep', async () => {
        const away = await down();
        await expect(Promise.resolve().then(() => away.isRevoked('x', start))).rejects.toThrow();
        await expect(Promise.resolve().then(() => away.revoke('x', later(600), start))).rejects.toThrow();
      });
    }
  });
}
