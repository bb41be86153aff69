import { beforeAll, expect, it } from 'vitest';
import { at, basePath, household, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';

/** Values that a path, a query or a reference could take for something else. */
const strange = ['R-1', 'a/b c', 'x|y|z', '100%25', 'q?a=b&c#d', 'é+ñ', '../up'];

/** A reference as a body carries it: it is percent-decoded once (contract §7.1). */
const sent = (type: string, key: string) => ({ reference: `${type}/${encodeURIComponent(key)}` });

overEachDatabase('references', (t) => {
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await t.send(method, path, { body });
    expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
    return answer;
  };

  beforeAll(async () => {
    for (const value of strange) await send('POST', '/Individual', person(value));
  });

  it('7.6 the Location of a group resolves when it is followed', async () => {
    for (const [index, value] of strange.entries()) {
      const made = await send('POST', '/Group', household(`${value}-${index}`));
      const read = await send('GET', String(made.headers.location).slice(basePath.length));
      expect(read.body.identifier[0].value).toBe(`${value}-${index}`);
    }
  });

  it('7.1 a body may carry references as they are printed, unless a percent sign is in them, and percent-encoded', async () => {
    await send('POST', '/Group', household('R-in'));
    const path = at('/Group/{}/$add-member', householdId('R-in'));
    const [plain, encoded] = [
      strange.filter((each) => !each.includes('%')),
      strange.filter((each) => each.includes('%')),
    ];
    for (const value of plain) await send('POST', path, { entity: { reference: `Individual/${nationalId(value)}` } });
    for (const value of encoded) await send('POST', path, { entity: sent('Individual', nationalId(value)) });
    expect((await send('GET', at('/Group/{}', householdId('R-in')))).body.quantity).toBe(strange.length);
    expect(encoded).toHaveLength(1);
  });
});
