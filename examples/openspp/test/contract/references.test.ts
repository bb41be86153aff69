import { beforeAll, expect, it } from 'vitest';
import { Identifier } from '../../src/entities/index.ts';
import { at, household, householdId, nationalId, overEveryServer, person } from '../../testing/index.ts';

const idType = (code: string) => `urn:openspp:vocab:id-type#${code}`;
/** Values that a path, a query or a reference could take for something else. */
const strange = ['R-1', 'a/b c', 'x|y|z', '100%25', 'q?a=b&c#d', 'é+ñ', '../up'];
const program = { system: 'urn:openspp:program', value: 'refer red/50%' };

/** A reference as a body carries it: it is percent-decoded once (contract §7.1). */
const sent = (type: string, key: string) => ({ reference: `${type}/${encodeURIComponent(key)}` });

/** Every reference of a body, wherever it stands. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'reference' ? [String(inner)] : referencesIn(inner),
  );
}

overEveryServer('references', (t) => {
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await t.send(method, path, { body });
    expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
    return answer;
  };
  const memberships = () => at('/ProgramMembership/{}', householdId('R/1'));

  beforeAll(async () => {
    const members = [];
    for (const value of strange) {
      await send('POST', '/Individual', person(value));
      members.push({ entity: sent('Individual', nationalId(value)) });
    }
    // Its newest identifier is taken back: it is named by the other one.
    const renamed = [idType('national_id'), idType('passport')].map((system) => ({ system, value: 'R-old' }));
    await send('POST', '/Individual', person('R-old', { identifier: renamed }));
    members.push({ entity: sent('Individual', `${idType('national_id')}|R-old`) });
    // Somebody without any identifier is nobody that can be referred to.
    await send('POST', '/Individual', person('R-lost'));
    members.push({ entity: sent('Individual', nationalId('R-lost')) });
    await send('POST', '/Group', household('R/1', { member: members }));
    await send('POST', '/Group', household('R-away', { member: [members[0]] }));
    await send('PATCH', at('/Group/{}', householdId('R-away')), { active: false });
    const em = t.orm.em.fork();
    await em.nativeUpdate(Identifier, { value: 'R-old', type: { uri: idType('passport') } }, { status: 'invalid' });
    await em.nativeUpdate(Identifier, { value: 'R-lost' }, { status: 'invalid' });
    await send('POST', '/Program', {
      identifier: [program],
      name: 'Referred to',
      programType: { coding: [{ system: 'urn:openspp:vocab:program-type', code: 'cash-transfer' }] },
      targetType: 'group',
    });
    await send('POST', '/ProgramMembership', {
      program: sent('Program', `${program.system}|${program.value}`),
      beneficiary: sent('Group', householdId('R/1')),
      status: 'enrolled',
    });
  });

  it('B-091 every printed reference resolves when followed', async () => {
    const group = at('/Group/{}', householdId('R/1'));
    const one = at('/Individual/{}', nationalId('R-1'));
    const gone = { entity: { reference: `Individual/${nationalId('x|y|z')}` } };
    const answers = [
      await send('GET', '/Individual'),
      await send('GET', '/Group'),
      await send('GET', '/Program'),
      await send('GET', '/ProgramMembership'),
      await send('GET', one),
      await send('GET', `${one}/groups`),
      await send('GET', group),
      await send('PATCH', one, {}),
      await send('PATCH', group, {}),
      await send('POST', `${group}/$remove-member`, gone),
      await send('POST', `${group}/$add-member`, gone),
      await send('GET', `${group}/membership-history`),
      await send('GET', memberships()),
    ];
    const references = new Set(answers.flatMap(({ body }) => referencesIn(body)));
    const people = [...strange.map(nationalId), `${idType('national_id')}|R-old`];
    expect([...references].sort()).toEqual(
      [
        ...people.map((each) => `Individual/${each}`),
        `Group/${householdId('R/1')}`,
        `Group/${householdId('R-away')}`,
        `Program/${program.system}|${program.value}`,
      ].sort(),
    );
    for (const reference of references) {
      const [type = '', ...rest] = reference.split('/');
      const key = rest.join('/');
      const { body } = await send('GET', at(`/${type}/{}`, key));
      const [system, ...value] = key.split('|');
      expect([reference, body.type, body.identifier[0]]).toMatchObject([
        reference,
        type,
        { system, value: value.join('|') },
      ]);
    }
  });
});
