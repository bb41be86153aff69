import { CompactSign } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, start } from '../../test-support/calls.ts';
import { databases, type TestDatabase } from '../../test-support/databases.ts';
import { keyPair } from '../../test-support/key-pairs.ts';
import {
  createMemoryUsedAssertions,
  createUsedAssertions,
  type UsedAssertions,
  verifyClientAssertion,
} from '../index.ts';

const { privateKey, publicJwk } = keyPair('ES256');
const audience = 'https://auth.test';

function assertion(jti: string): Promise<string> {
  const now = Math.floor(start.getTime() / 1000);
  const claims = { iss: 'app', sub: 'app', aud: audience, exp: now + 60, jti };
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
}

/** What every store does; `stores` answers two over the same data, as two processes have them. */
function suite(stores: () => readonly [UsedAssertions, UsedAssertions]): void {
  it('R49: of 50 replays at once exactly one is let in', async () => {
    const [one, other] = stores();
    const text = await assertion('parallel');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        verifyClientAssertion({
          assertion: text,
          keysOf: () => [publicJwk],
          audience,
          now: start,
          used: index % 2 === 0 ? one : other,
        }),
      ),
    );
    expect(answers.filter((answer) => answer !== undefined)).toEqual([{ clientId: 'app', expiresAt: later(60) }]);
  });

  it('R49: remembers what was used until it has expired', async () => {
    const [one, other] = stores();
    const digest = 'a'.repeat(43);
    expect(await one.use(digest, later(60), start)).toBe(true);
    expect(await other.use(digest, later(60), later(59))).toBe(false);
    expect(await one.use('b'.repeat(43), later(200), later(59))).toBe(true);
    expect(await one.use(digest, later(60), start)).toBe(false);
  });
}

describe('in memory', () => {
  let store: UsedAssertions;
  beforeAll(() => {
    store = createMemoryUsedAssertions();
  });
  suite(() => [store, store]);

  it('forgets what has expired, and nothing else', async () => {
    const used = createMemoryUsedAssertions();
    for (let index = 0; index < 5000; index += 1) await used.use(`d${index}`, later(index), later(index));
    expect(await used.use('d4999', later(4999), later(4999))).toBe(false);
    expect(await used.use('d0', later(9999), later(4999))).toBe(true);
  });
});

describe.each(databases)('on %s', (_name, open) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  suite(() => [createUsedAssertions(database.orm), createUsedAssertions(database.orm)]);

  it('drops what has expired, now and then', async () => {
    const used = createUsedAssertions(database.orm);
    await used.use('c'.repeat(43), later(1000), start);
    await used.use('d'.repeat(43), later(9000), later(5000));
    const rows = await database.orm.em.fork().getConnection().execute('select digest from sallyport_used_assertion');
    expect(rows).toEqual([{ digest: 'd'.repeat(43) }]);
  });

  it('R27: a table that is away is 503', async () => {
    const connection = database.orm.em.fork().getConnection();
    await connection.execute('alter table sallyport_used_assertion rename to gone');
    try {
      const used = createUsedAssertions(database.orm);
      const request = { assertion: await assertion('gone'), keysOf: () => [publicJwk], audience, now: start, used };
      await expect(verifyClientAssertion(request)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    } finally {
      await connection.execute('alter table gone rename to sallyport_used_assertion');
    }
  });
});
