import {
  type Answer,
  at,
  clientSecret,
  household,
  nationalId,
  person,
  secrets,
  type TestApi,
} from '../../../testing/index.ts';

const known = new WeakMap<TestApi, Promise<ReadonlyMap<number, Answer>>>();

/** One answer of every status that errors have; asked for once by all tests of an API. */
export function refusals(t: TestApi): Promise<ReadonlyMap<number, Answer>> {
  const asked = known.get(t) ?? ask(t);
  known.set(t, asked);
  return asked;
}

async function ask(t: TestApi): Promise<ReadonlyMap<number, Answer>> {
  await t.addClient('refused', ['group:read']);
  await t.send('POST', '/Individual', { body: person('refusals') });
  const limited = await t.start({ environment: { TOKEN_RATE_PER_MINUTE: '1' } });
  const weak = await t.start({ secrets: { jwtSecret: 'short', peppers: secrets.peppers } });
  const token = { body: { grant_type: 'client_credentials', client_id: 'full', client_secret: clientSecret } };
  try {
    await limited.send('POST', '/oauth/token', token);
    const answers = [
      await t.send('GET', '/Individual/no-bar'),
      await t.send('GET', '/Individual', { as: null }),
      await t.send('GET', '/Individual', { as: 'refused' }),
      await t.send('GET', at('/Individual/{}', nationalId('nobody'))),
      await t.send('DELETE', at('/Individual/{}', nationalId('refusals'))),
      await t.send('POST', '/Individual', { body: person('refusals') }),
      await t.send('POST', '/Group', { body: household('refusals', { groupType: 'club' }) }),
      await limited.send('POST', '/oauth/token', token),
      await weak.send('POST', '/oauth/token', token),
    ];
    return new Map(answers.map((answer) => [answer.status, answer]));
  } finally {
    await limited.close();
    await weak.close();
  }
}
