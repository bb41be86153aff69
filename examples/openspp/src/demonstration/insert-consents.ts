import { randomUUID } from 'node:crypto';
import type { BulkRow, BulkWriter } from '@sallyport/core';
import { Consent, ConsentHistory, ConsentScope } from '../entities/index.ts';

/** A household that has been inserted: its key, and its people's. */
interface Inserted {
  readonly household: number | undefined;
  readonly people: readonly number[];
}

/**
 * Adds consents in bulk: of three households one consents as a whole, to all NGOs, one by the word of one person, to one
 * organisation, and one not at all; now and then a consent has been withdrawn. Answers how many.
 *
 * @param first how many households came before, so that the pattern goes on from page to page
 */
export async function insertConsents(
  bulk: BulkWriter,
  inserted: readonly Inserted[],
  {
    recipient,
    validFrom,
    first = 0,
  }: { readonly recipient: number; readonly validFrom: string; readonly first?: number },
): Promise<number> {
  const signed = inserted.flatMap(({ household, people: [signatory] }, place) => {
    const index = first + place;
    if (signatory === undefined || index % 3 === 2) return [];
    return [{ index, signatory, household: index % 3 === 0 ? household : undefined }];
  });
  const keys = await bulk.reserve(Consent, signed.length);
  const consents: BulkRow[] = [];
  const scopes: BulkRow[] = [];
  const history: BulkRow[] = [];
  const named: [number, number][] = [];
  const categories: [number, string][] = [];
  for (const [place, { index, signatory, household }] of signed.entries()) {
    const id = keys[place] as number; // as many as there are consents
    const status = index % 12 === 4 ? 'withdrawn' : 'given';
    consents.push({
      id,
      externalId: randomUUID(),
      name: household === undefined ? 'Personal consent' : 'Household consent',
      signatory,
      group: household ?? null,
      recipientMode: household === undefined ? 'specific' : 'category',
      status,
      effectiveDate: validFrom,
      expiryDate: '2030-12-31',
      collectionMethod: 'written',
    });
    history.push({
      consent: id,
      version: 1,
      action: status === 'given' ? 'give' : 'withdraw',
      changedBy: 'Demonstration',
      newStatus: status,
      snapshot: { status, effectiveDate: validFrom, expiryDate: '2030-12-31' },
    });
    if (household === undefined) named.push([id, recipient]);
    else categories.push([id, 'ngo']);
    scopes.push({
      consent: id,
      resourceType: household === undefined ? 'individual' : 'all',
      fieldAccess: household === undefined ? 'custom' : 'basic',
      customFields: household === undefined ? ['name', 'birthDate', 'telecom'] : null,
      purpose: 'service_delivery',
    });
  }
  await bulk.insert(Consent, consents);
  await bulk.insert(ConsentScope, scopes);
  await bulk.insert(ConsentHistory, history);
  await bulk.pair(Consent, 'recipients', named);
  await bulk.pair(Consent, 'allowedRecipientTypes', categories);
  return consents.length;
}
