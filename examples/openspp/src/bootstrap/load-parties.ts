import type { EntityManager } from '@mikro-orm/core';
import {
  ApiClient,
  ApiScope,
  Organization,
  type scopeActions,
  usualCallLimits,
  Vocabulary,
  VocabularyCode,
} from '../entities/index.ts';
import { codeUri, namespaces } from '../vocabulary/index.ts';
import { BootstrapError, placeOf } from './bootstrap-error.ts';
import type { Bootstrap, BootstrapClient } from './schema.ts';

/** Makes the text that is kept of a client's secret. */
export type HashSecret = (clientId: string, secret: string) => string | Promise<string>;

/** How many entries of a list were made, and how many were there already. */
export interface Tally {
  made: number;
  kept: number;
}

const count = (tally: Tally, made: boolean): boolean => {
  if (made) tally.made++;
  else tally.kept++;
  return made;
};

async function vocabularyOf(em: EntityManager, namespace: string): Promise<Vocabulary> {
  const known = await em.findOne(Vocabulary, { namespace });
  return known ?? em.create(Vocabulary, { namespace, name: namespace });
}

/** Adds the types of identifier. Their URI is what identifiers name them by, whatever it looks like. */
export async function loadIdentifierTypes(em: EntityManager, entries: Bootstrap['idTypes'], tally: Tally) {
  const vocabulary = await vocabularyOf(em, namespaces.identifierType);
  const prefix = codeUri(namespaces.identifierType, '');
  for (const { system, display, pattern, appliesTo } of entries ?? []) {
    if (!count(tally, (await em.count(VocabularyCode, { uri: system })) === 0)) continue;
    em.create(VocabularyCode, {
      vocabulary,
      system: namespaces.identifierType,
      code: system.startsWith(prefix) ? system.slice(prefix.length) : system,
      display,
      uri: system,
      targetType: appliesTo ?? 'both',
      pattern: pattern ?? null,
      isLocal: true,
      sequence: 100,
    });
    await em.flush();
  }
}

/** Adds codes, and the code systems that nobody knew before. */
export async function loadCodes(em: EntityManager, entries: Bootstrap['codes'], tally: Tally) {
  for (const { system, code, display, definition } of entries ?? []) {
    const uri = codeUri(system, code);
    if (!count(tally, (await em.count(VocabularyCode, { uri })) === 0)) continue;
    const vocabulary = await vocabularyOf(em, system);
    const details = { code, display, uri, definition: definition ?? null, isLocal: true, sequence: 100 };
    em.create(VocabularyCode, { vocabulary, system, ...details });
    await em.flush();
  }
}

export async function loadOrganizations(em: EntityManager, entries: Bootstrap['organizations'], tally: Tally) {
  for (const { name, type } of entries ?? []) {
    if (!count(tally, (await em.count(Organization, { name })) === 0)) continue;
    em.create(Organization, { name, type });
    await em.flush();
  }
}

/** The organisation of that name. @throws BootstrapError */
export async function organizationNamed(em: EntityManager, name: string, path: readonly (string | number)[]) {
  const found = await em.findOne(Organization, { name });
  if (found === null) throw new BootstrapError(placeOf(path), `there is no organization "${name}"`);
  return found;
}

function scopesOf(entries: BootstrapClient['scopes'], client: number) {
  const seen = new Set<string>();
  return entries.map((entry, index) => {
    const { scope, fields } = typeof entry === 'string' ? { scope: entry, fields: undefined } : entry;
    if (seen.has(scope)) {
      throw new BootstrapError(placeOf(['clients', client, 'scopes', index]), `"${scope}" is given twice`);
    }
    seen.add(scope);
    const [resource = '', action = ''] = scope.split(':');
    // The schema lets known actions through only.
    return { resource, action: action as (typeof scopeActions)[number], fields: fields ?? null };
  });
}

/** Adds the API clients with their scopes. Of a secret, only the hash is kept. */
export async function loadClients(em: EntityManager, entries: Bootstrap['clients'], hash: HashSecret, tally: Tally) {
  for (const [index, entry] of (entries ?? []).entries()) {
    const scopes = scopesOf(entry.scopes, index);
    const organization = await organizationNamed(em, entry.organization, ['clients', index, 'organization']);
    if (!count(tally, (await em.count(ApiClient, { clientId: entry.clientId })) === 0)) continue;
    const client = em.create(ApiClient, {
      clientId: entry.clientId,
      secretHash: await hash(entry.clientId, entry.clientSecret),
      name: entry.name,
      description: entry.description ?? null,
      organization,
      organizationType: organization.type,
      organizationTypeVerified: entry.organizationTypeVerified ?? false,
      legalBasis: entry.legalBasis ?? 'consent',
      legalBasisReference: entry.legalBasisReference ?? null,
      active: entry.active ?? true,
      rateLimitPerMinute: entry.rateLimitPerMinute ?? usualCallLimits.perMinute,
      rateLimitPerDay: entry.rateLimitPerDay ?? usualCallLimits.perDay,
    });
    for (const scope of scopes) em.create(ApiScope, { client, ...scope });
    await em.flush();
  }
}
