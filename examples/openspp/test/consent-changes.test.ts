import { expect, it } from 'vitest';
import { Consent, ConsentHistory, ConsentScope } from '../src/entities/index.ts';
import { beginHistory, expireConsents } from '../src/rules/consent-changes.ts';
import { outcome, overEachDatabase } from '../testing/index.ts';
import { daysFromNow, today } from './contract/support/consents.ts';
import { givenConsents } from './contract/support/given-consents.ts';

overEachDatabase('changes of consents', (t) => {
  const { as, given } = givenConsents(t);

  it('16.2 of two who revoke at once one does, and the history has it once', async () => {
    const { id, path } = await given();
    const answers = await Promise.all(['POST', 'POST', 'POST'].map((verb) => t.send(verb, `${path}/$revoke`, { as })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(await t.orm.em.fork().count(ConsentHistory, { consent: id })).toBe(2);
  });

  it('22.9 a consent becomes only what it can, and keeps its terms', async () => {
    const change = async (id: number, more: object) => {
      const em = t.orm.em.fork();
      Object.assign(await em.findOneOrFail(Consent, id), more);
      await em.flush();
    };
    const { id } = await given();
    await expect(change(id, { status: 'refused' })).rejects.toThrow('A consent that is given does not become refused.');
    await expect(change(id, { expiryDate: '2031-01-01' })).rejects.toThrow('expiryDate of a consent that is given');
    await expect(change(id, { legalBasis: 'x', status: 'withdrawn' })).rejects.toThrow('legalBasis of a consent');
    await change(id, { status: 'renewed', expiryDate: '2031-01-01' });
    await change(id, { status: 'invalidated' });
    await expect(change(id, { status: 'given' })).rejects.toThrow(
      'A consent that is invalidated does not become given.',
    );
    const em = t.orm.em.fork();
    em.remove(await em.findOneOrFail(Consent, id));
    await expect(em.flush()).rejects.toThrow('A consent that is invalidated is not deleted.');
    const asked = await given({ status: 'requested' });
    await change(asked.id, { legalBasis: 'contract', expiryDate: '2031-01-01' });
    await change(asked.id, { status: 'given', effectiveDate: today() });
    const scoping = t.orm.em.fork();
    const scope = await scoping.findOneOrFail(ConsentScope, { consent: asked.id });
    scope.fieldAccess = 'custom';
    await expect(scoping.flush()).rejects.toThrow('The scopes of a consent that is given do not change.');
    const adding = t.orm.em.fork();
    adding.create(ConsentScope, { consent: asked.id, resourceType: 'all', purpose: 'audit' });
    await expect(adding.flush()).rejects.toThrow('The scopes of a consent that is given do not change.');
    const naming = t.orm.em.fork();
    const named = await naming.findOneOrFail(Consent, asked.id, { populate: ['recipients'] });
    named.recipients.removeAll();
    await expect(naming.flush()).rejects.toThrow('The recipients of a consent that is given do not change.');
    const open = await given({ status: 'requested' });
    const opening = t.orm.em.fork();
    const requested = await opening.findOneOrFail(Consent, open.id, { populate: ['recipients'] });
    requested.recipients.removeAll();
    requested.status = 'given';
    await opening.flush();
    expect((await t.send('GET', open.path, { as })).body.status).toBe('not_found');
    const history = t.orm.em.fork();
    (await history.findOneOrFail(ConsentHistory, { consent: id })).reason = 'rewritten';
    await expect(history.flush()).rejects.toThrow('neither changed nor deleted');
  });

  it('22.9 consents past their last day become expired, in batches, and say so in their history', async () => {
    const past = await given({ expiryDate: daysFromNow(-1) });
    const last = await given({ expiryDate: today() });
    const em = t.orm.em.fork();
    const { signatory } = await em.findOneOrFail(Consent, past.id);
    for (let more = 0; more < 101; more += 1) {
      const consent = em.create(Consent, {
        name: `Old ${more}`,
        signatory,
        status: 'renewed',
        expiryDate: '2020-01-01',
      });
      beginHistory(em, consent, { by: 'Import', at: new Date() });
    }
    await em.flush();
    expect(await expireConsents(t.orm.em, new Date())).toBe(102);
    expect(await expireConsents(t.orm.em, new Date())).toBe(0);
    expect((await t.send('GET', last.path, { as })).body.status).toBe('given');
    expect((await t.send('GET', past.path, { as })).body.status).toBe('expired');
    const { body } = await t.send('GET', `${past.path}/$history`, { as });
    expect(body.history[0]).toMatchObject({
      version: 2,
      action: 'expire',
      changed_by: null,
      changed_fields: ['status'],
    });
    expect(outcome(await t.send('POST', `${past.path}/$revoke`, { as }))).toEqual([404, 'active_consent_not_found']);
  });
});
