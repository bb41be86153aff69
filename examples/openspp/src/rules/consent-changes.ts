import { type EntityManager, LockMode } from '@mikro-orm/core';
import {
  type Consent,
  ConsentHistory,
  type ConsentStatus,
  Consent as Consents,
  type consentActions,
  timestampOf,
  type withdrawalChannels,
} from '../entities/index.ts';

type Action = (typeof consentActions)[number];

/** What the history calls the way into each state. */
const actionOf: Readonly<Record<ConsentStatus, Action>> = {
  requested: 'request',
  given: 'give',
  renewed: 'renew',
  refused: 'refuse',
  withdrawn: 'withdraw',
  expired: 'expire',
  invalidated: 'invalidate',
};

/** Consents that open data, if their dates let them. */
export const inForce: readonly ConsentStatus[] = ['given', 'renewed'];

/** Who has changed a consent, and when. */
export interface ConsentAuthor {
  readonly by: string | null;
  readonly at: Date;
}

/** A withdrawal, as somebody has asked for it. */
export interface Withdrawal extends ConsentAuthor {
  readonly reason: string | null;
  readonly channel: (typeof withdrawalChannels)[number];
}

const momentOf = (at: Date): string => timestampOf(at.getTime() * 1000);

function remember(
  em: EntityManager,
  consent: Consent,
  { by, at }: ConsentAuthor,
  more: Partial<Pick<ConsentHistory, 'version' | 'changedFields' | 'previousStatus' | 'reason' | 'channel'>> = {},
): void {
  const { effectiveDate = null, expiryDate = null } = consent;
  const status: ConsentStatus = consent.status;
  em.create(ConsentHistory, {
    consent,
    version: 1,
    action: actionOf[status],
    changedBy: by,
    changedAt: momentOf(at),
    changedFields: null,
    previousStatus: null,
    newStatus: status,
    reason: null,
    channel: null,
    snapshot: { status, effectiveDate, expiryDate },
    ...more,
  });
}

/** The first version of a consent that has just been made. */
export const beginHistory = (em: EntityManager, consent: Consent, author: ConsentAuthor): void =>
  remember(em, consent, author);

async function nextVersion(em: EntityManager, consent: Consent): Promise<number> {
  const last = await em.findOne(ConsentHistory, { consent }, { orderBy: { version: 'desc' }, fields: ['version'] });
  return (last?.version ?? 0) + 1;
}

/**
 * Withdraws a consent at once and for good; answers whether there was anything to withdraw. The row is locked: of two who
 * do so at once one finds it withdrawn.
 */
export async function withdrawConsent(em: EntityManager, id: number, withdrawal: Withdrawal): Promise<boolean> {
  const consent = await em.findOne(Consents, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (consent === null || !inForce.includes(consent.status)) return false;
  const { by, at, reason, channel } = withdrawal;
  const previousStatus = consent.status;
  consent.status = 'withdrawn';
  consent.withdrawnBy = by;
  consent.withdrawnAt = momentOf(at);
  consent.withdrawalReason = reason;
  consent.withdrawalChannel = channel;
  const changedFields = ['status', 'withdrawn_date'];
  const version = await nextVersion(em, consent);
  remember(em, consent, withdrawal, { version, changedFields, previousStatus, reason, channel });
  await em.flush();
  return true;
}

/** How many consents one transaction of {@link expireConsents} takes (contract §22.9). */
const batch = 100;

/**
 * Gives the consents that are past their last day the state `expired`; answers how many. What they open ends with that day
 * anyway: this is for whoever reads the state.
 */
export async function expireConsents(em: EntityManager, at: Date): Promise<number> {
  const today = at.toISOString().slice(0, 10);
  for (let expired = 0; ; ) {
    const taken = await em.fork().transactional(async (own) => {
      const due = await own.find(
        Consents,
        { status: { $in: [...inForce] }, expiryDate: { $lt: today } },
        // What somebody else is changing is looked at again tomorrow.
        { limit: batch, orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
      );
      for (const consent of due) {
        const previousStatus = consent.status;
        consent.status = 'expired';
        const version = await nextVersion(own, consent);
        remember(own, consent, { by: null, at }, { version, changedFields: ['status'], previousStatus });
      }
      return due.length;
    });
    expired += taken;
    if (taken < batch) return expired;
  }
}
