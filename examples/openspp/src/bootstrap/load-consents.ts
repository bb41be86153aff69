import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { Consent, ConsentScope, OrganizationType, Registrant } from '../entities/index.ts';
import { beginHistory } from '../rules/consent-changes.ts';
import { BootstrapError, placeOf } from './bootstrap-error.ts';
import { organizationNamed, type Tally } from './load-parties.ts';
import { parseReference, registrantsNamed } from './look-up.ts';
import type { Bootstrap, BootstrapConsent } from './schema.ts';

/** Who the history says has given what a file brings. */
const loader = 'Import';

/** Objects with their keys in one order, so that the same consent always gives the same text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  );
}

/** A UUID made from what the consent says: the file may be loaded again, and the consent is known again. */
export function consentId(consent: BootstrapConsent): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(canonical(consent)))
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x40;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function registrantOf(
  em: EntityManager,
  reference: string | undefined,
  path: readonly (string | number)[],
): Promise<Registrant | null> {
  if (reference === undefined) return null;
  const named = parseReference(reference);
  const kind = named?.resource === 'Group' ? 'group' : 'individual';
  const [first, ...others] = named === undefined ? [] : await registrantsNamed(em, kind, named);
  if (first === undefined) throw new BootstrapError(placeOf(path), `nobody is known as "${reference}"`);
  if (others.length > 0) throw new BootstrapError(placeOf(path), `several are known as "${reference}"`);
  return em.getReference(Registrant, first);
}

/** Adds the consents with their recipients and scopes. */
export async function loadConsents(em: EntityManager, entries: Bootstrap['consents'], today: string, tally: Tally) {
  for (const [index, entry] of (entries ?? []).entries()) {
    const place = (...path: (string | number)[]) => ['consents', index, ...path];
    const externalId = (entry.id ?? consentId(entry)).toLowerCase();
    const signatory = await registrantOf(em, entry.signatory, place('signatory'));
    const group = await registrantOf(em, entry.group, place('group'));
    const recipients = [];
    for (const [position, name] of (entry.recipients ?? []).entries()) {
      recipients.push(await organizationNamed(em, name, place('recipients', position)));
    }
    const controller =
      entry.controller === undefined ? null : await organizationNamed(em, entry.controller, place('controller'));
    if ((await em.count(Consent, { externalId })) > 0) {
      tally.kept++;
      continue;
    }
    tally.made++;
    const inForce = entry.status === 'given' || entry.status === 'renewed';
    const consent = em.create(Consent, {
      externalId,
      name: entry.name ?? `Consent ${externalId.slice(0, 8)}`,
      signatory,
      group,
      controller,
      recipientMode: entry.recipientMode ?? 'specific',
      recipients,
      allowedRecipientTypes: (entry.allowedRecipientTypes ?? []).map((code) => em.getReference(OrganizationType, code)),
      indicatedBy: entry.indicatedBy ?? 'self',
      legalBasis: entry.legalBasis ?? 'consent',
      legalBasisReference: entry.legalBasisReference ?? null,
      status: entry.status,
      effectiveDate: entry.effectiveDate ?? (inForce ? today : null),
      expiryDate: entry.expiryDate ?? null,
      collectionMethod: entry.collectionMethod ?? null,
    });
    for (const scope of entry.scopes) {
      em.create(ConsentScope, {
        consent,
        resourceType: scope.resourceType,
        fieldAccess: scope.fieldAccess ?? 'basic',
        customFields: scope.customFields ?? null,
        purpose: scope.purpose,
        includeExtensions: scope.includeExtensions ?? false,
        allowedExtensions: scope.allowedExtensions ?? null,
        description: scope.description ?? null,
      });
    }
    beginHistory(em, consent, { by: loader, at: new Date() });
    await em.flush();
  }
}
