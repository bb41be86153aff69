import type { MikroORM } from '@mikro-orm/core';
import { type AuthAuditTrail, type ClientAdministration, createClientAdministration } from '@sallyport/auth';
import { scopeFields } from '@sallyport/core';
import { openSppHasher } from '../authentication.ts';
import { shippedExtensions } from '../extensions/index.ts';
import { resourcesOf } from '../resources/index.ts';
import { createClientDirectory } from './client-directory.ts';
import { newSecret } from './credentials.ts';

/**
 * Administers the API's clients (contract §4.1). Secrets are OpenSPP's: 32 random bytes, kept as its scrypt. Tokens carry
 * no epoch, and a new secret does not end them (contract §3.2).
 */
export function createAdministration(
  orm: MikroORM,
  peppers: readonly string[],
  audit?: AuthAuditTrail,
): ClientAdministration {
  return createClientAdministration({
    directory: createClientDirectory(orm),
    hasher: openSppHasher(peppers),
    newSecret,
    rotationKeepsTokens: true,
    // Whatever a deployment extends people with stands under one field.
    fields: scopeFields(resourcesOf({ strictStates: false, extensions: shippedExtensions })),
    audit,
  });
}
