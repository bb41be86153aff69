import { expect, it } from 'vitest';
import type { Bootstrap } from '../src/bootstrap/index.ts';
import { at, householdId, nationalId, overEachDatabase, person } from '../testing/index.ts';
import { auditCalls } from './contract/support/audit.ts';

overEachDatabase('audit', (t) => {
  const { as, fresh, one, ready, consenting, kept } = auditCalls(t);

  it('20.2 a read on a legal basis leaves a record: who, from where, whom, what', async () => {
    const { id } = await consenting();
    await kept();
    const headers = { 'user-agent': 'field-app/3.1' };
    const { headers: answered } = await t.send('GET', one(id), { headers });
    const [entry, ...others] = await kept();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      kind: 'call',
      request: answered['x-request-id'],
      caller: 'full',
      address: '127.0.0.1',
      userAgent: 'field-app/3.1',
      operation: 'read',
      resource: 'individual',
      identifier: nationalId(id),
      basis: 'public_task',
      authority: null,
      purpose: null,
      results: 1,
      status: 'success',
      error: null,
    });
    expect(entry?.fields).toEqual(expect.arrayContaining(['type', 'identifier', 'name', 'meta']));
  });

  it('20.2 a search leaves one, by the names of its parameters, and one for each record that a consent opened', async () => {
    const city = fresh('City');
    const { id, consent } = await consenting({ address: [{ city }] });
    await kept();
    await t.send('GET', `/Individual?address=${encodeURIComponent(city)}&_count=5`);
    await t.send('GET', `/Individual?identifier=${encodeURIComponent(nationalId(id))}`, { as });
    const filters = [
      { field: 'city', operator: 'ilike', value: city },
      { field: 'made-up', operator: 'eq', value: city },
    ];
    await t.send('POST', '/Individual/_search', { body: { filters: filters.slice(0, 1) } });
    await t.send('POST', '/Individual/_search', { body: { filters } });
    const entries = await kept();
    expect(
      entries.map(({ kind, caller, operation, identifier, basis, authority, purpose, parameters, results, status }) =>
        [kind, caller, operation, identifier, basis, authority, purpose, parameters.join(), results, status].join('; '),
      ),
    ).toEqual([
      'call; full; search; search; public_task; ; ; address,_count; 1; success',
      'call; by-consent; search; search; consent; ; ; identifier; 1; success',
      `record; by-consent; read; ${nationalId(id)}; consent; ${consent}; research; ; 1; success`,
      'call; full; search; search; public_task; ; ; city; 1; success',
      'call; full; search; search; public_task; ; ; city; ; validation_error',
    ]);
    expect(entries[2]?.fields.toSorted()).toEqual(['active', 'identifier', 'meta', 'name', 'type']);
  });

  it('20.2 a read by consent names the consent and its purpose', async () => {
    const { id, consent } = await consenting();
    await kept();
    await t.send('GET', one(id), { as });
    expect(await kept()).toMatchObject([
      {
        kind: 'call',
        operation: 'read',
        identifier: nationalId(id),
        basis: 'consent',
        authority: consent,
        purpose: 'research',
      },
    ]);
  });

  it('20.2 denials leave records: for want of consent, of a scope, of a person', async () => {
    await ready();
    const hidden = fresh('A');
    await t.load({ individuals: [person(hidden)] } as Bootstrap);
    await kept();
    await t.send('GET', one(hidden), { as });
    await t.send('GET', one('nobody'), { as });
    await t.send('PATCH', one(hidden), { as: 'reader', body: { active: false } });
    await t.send('GET', one('nobody'));
    await t.send('GET', '/Individual/no-bar');
    const rows = (await kept()).map(({ caller, operation, identifier, status, error, results, authority }) => [
      caller,
      operation,
      identifier,
      status,
      error,
      results,
      authority,
    ]);
    expect(rows).toEqual([
      [as, 'read', nationalId(hidden), 'access_denied', 'access_denied', null, null],
      [as, 'read', nationalId('nobody'), 'access_denied', 'access_denied', null, null],
      ['reader', 'patch', nationalId(hidden), 'access_denied', 'scope_missing', null, null],
      ['full', 'read', nationalId('nobody'), 'not_found', 'individual_not_found', null, null],
      ['full', 'read', null, 'validation_error', 'identifier_malformed', null, null],
    ]);
  });

  it('20.2 every kind of call leaves a record by its own identifier, entries of bundles too', async () => {
    await ready();
    const [id, group] = [fresh('A'), fresh('AG')];
    await kept();
    const entity = { entity: { reference: `Individual/${nationalId(id)}` } };
    const groupBody = {
      identifier: [{ system: 'urn:openspp:vocab:id-type#household_id', value: group }],
      name: 'House',
    };
    await t.send('POST', '/Individual', { body: person(id) });
    await t.send('PUT', one(id), { body: person(id) });
    await t.send('PATCH', one(id), { body: { birthDateEstimated: true } });
    await t.send('POST', '/Group', { body: groupBody });
    await t.send('POST', at('/Group/{}/$add-member', householdId(group)), { body: entity });
    await t.send('GET', at('/Group/{}/membership-history', householdId(group)));
    await t.send('POST', '/$batch', {
      body: {
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: `Individual/${nationalId(id)}` } },
          { request: { method: 'GET', url: `Individual/${nationalId('nobody')}` } },
          { request: { method: 'DELETE', url: `Individual/${nationalId(id)}` } },
        ],
      },
    });
    const rows = (await kept()).map(({ operation, resource, identifier, part, status, results }) =>
      [operation, resource, identifier, part, status, results].join(' '),
    );
    expect(rows.toSorted()).toEqual(
      [
        `create individual ${nationalId(id)}  success 1`,
        `update individual ${nationalId(id)}  success 1`,
        `patch individual ${nationalId(id)}  success 1`,
        `create group ${householdId(group)}  success 1`,
        `addMember group ${householdId(group)}  success 1`,
        `membershipHistory group ${householdId(group)}  success 1`,
        `read individual ${nationalId(id)} 1 success 1`,
        `read individual ${nationalId('nobody')} 2 not_found `,
        `delete individual ${nationalId(id)} 3 success 0`,
      ].toSorted(),
    );
  });

  it('27.19 no record holds data of people: identifiers, and nothing else of theirs', async () => {
    await ready();
    const id = fresh('A');
    const canaries = [
      'Zebulon',
      'Quartermain',
      '1931-07-08',
      '+256700999111',
      'zeb@canary.example',
      'Canary Lane 7',
      'Canaryville',
    ];
    const [given, family, birthDate, phone, email, street, city] = canaries;
    const whole = person(id, {
      name: { given, family },
      birthDate,
      telecom: [
        { system: 'phone', use: 'mobile', value: phone },
        { system: 'email', value: email },
      ],
      address: [{ line: [street], city }],
    });
    await kept();
    await t.send('POST', '/Individual', { body: whole });
    await t.send('POST', '/Individual', { body: whole });
    await t.send('PUT', one(id), { body: whole });
    await t.send('PATCH', one(id), { body: { name: { given, family } } });
    await t.send('PATCH', one(id), { body: { birthDate: given } });
    for (const canary of canaries) {
      const text = encodeURIComponent(canary ?? '');
      await t.send('GET', `/Individual?name=${text}&address=${text}&${text}=${text}&birthdate=${text}`);
      await t.send('GET', `/Individual/${text}`);
      await t.send('GET', `/Individual/${text}/groups`, { as });
      await t.send('POST', '/Individual/_search', {
        body: { filters: [{ field: canary, operator: 'eq', value: canary }] },
      });
      await t.send('POST', `/Consent/${text}/$revoke`, { body: { reason: canary } });
    }
    await t.send('GET', one(id));
    const entries = await kept();
    expect(entries).toHaveLength(6 + 5 * canaries.length);
    const text = JSON.stringify(entries);
    for (const canary of canaries) expect(text).not.toContain(canary);
    expect(text).toContain(nationalId(id));
  });
});
