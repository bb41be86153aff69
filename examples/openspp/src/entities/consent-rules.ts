import { type EventArgs, type EventSubscriber, wrap } from '@mikro-orm/core';
import { SallyportError } from '@sallyport/core';
import { Consent } from './consent.ts';
import type { ConsentStatus } from './consent-lists.ts';
import type { ConsentScope } from './consent-scope.ts';

/** What a consent can become; what is not here is where it ends (contract §22.9). */
const transitions: Readonly<Partial<Record<ConsentStatus, readonly ConsentStatus[]>>> = {
  requested: ['given', 'refused'],
  given: ['withdrawn', 'expired', 'renewed', 'invalidated'],
  renewed: ['withdrawn', 'expired', 'invalidated'],
  expired: ['renewed'],
};

/** What may change along with a state once a consent is more than requested; its terms never do. */
const changesWith: Readonly<Record<ConsentStatus, readonly string[]>> = {
  requested: [],
  given: ['effectiveDate'],
  renewed: ['effectiveDate', 'expiryDate'],
  refused: ['refusalReason'],
  withdrawn: ['withdrawnBy', 'withdrawnAt', 'withdrawalReason', 'withdrawalChannel'],
  expired: [],
  invalidated: [],
};

/** What the ORM itself keeps up to date. */
const upkeep: readonly string[] = ['status', 'updatedAt', 'version'];

const broken = (detail: string) => new SallyportError('rule_broken', { detail });

/**
 * A consent becomes only what it can, and keeps its terms once it is more than requested: whoever writes it.
 *
 * @throws SallyportError `rule_broken`
 */
export function keepTerms({ changeSet }: EventArgs<object>): void {
  // The entity that this stands at has these properties.
  const before = changeSet?.originalEntity as Partial<Consent> | undefined;
  const changes = changeSet?.payload as Partial<Consent> | undefined;
  const from: ConsentStatus | undefined = before?.status;
  if (from === undefined || changes === undefined) return;
  const to: ConsentStatus = changes.status ?? from;
  if (to !== from && transitions[from]?.includes(to) !== true) {
    throw broken(`A consent that is ${from} does not become ${to}.`);
  }
  if (from === 'requested') return;
  const free = new Set([...upkeep, ...(to === from ? [] : changesWith[to])]);
  for (const name of Object.keys(changes)) {
    if (!free.has(name)) throw broken(`${name} of a consent that is ${from} does not change.`);
  }
}

/** Only what was never more than a request can be deleted. @throws SallyportError `rule_broken` */
export function keepConsent({ entity }: EventArgs<object>): void {
  const { status } = entity as Consent;
  if (status !== 'requested') throw broken(`A consent that is ${status} is not deleted.`);
}

/** Scopes are terms: they come with the consent, and change while it is requested. @throws SallyportError `rule_broken` */
export async function keepScopes({ entity, em }: EventArgs<object>): Promise<void> {
  const { consent } = entity as ConsentScope;
  const isNew = em
    .getUnitOfWork()
    .getChangeSets()
    .some((set) => set.entity === consent && set.type === 'create');
  if (isNew) return;
  const { status } = await em.fork({ keepTransactionContext: true }).findOneOrFail(Consent, consent.id);
  if (status !== 'requested') throw broken(`The scopes of a consent that is ${status} do not change.`);
}

const recipients: ReadonlySet<string> = new Set(['recipients', 'allowedRecipientTypes']);

/**
 * Recipients are terms, too, but no column of the consent's, so that no hook of the entity is told of them.
 *
 * @throws SallyportError `rule_broken`
 */
export const keepRecipients: EventSubscriber = {
  onFlush({ uow }) {
    for (const { owner, property } of uow.getCollectionUpdates()) {
      if (!(owner instanceof Consent.class) || !recipients.has(property.name)) continue;
      const before = wrap(owner, true).__originalEntityData as Partial<Consent> | undefined;
      if (before?.status === undefined || before.status === 'requested') continue;
      throw broken(`The recipients of a consent that is ${before.status} do not change.`);
    }
  },
};
