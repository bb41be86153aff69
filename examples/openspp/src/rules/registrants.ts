import { type EntityManager, FlushMode } from '@mikro-orm/core';
import type { MethodRun, WriteHookContext } from '@sallyport/core';
import { Identifier, type Registrant } from '../entities/index.ts';
import { fault, type OpenSppErrorCode } from '../errors.ts';
import { identifierType } from '../fields/identifiers.ts';
import { lockIdentifiers } from '../identifiers/index.ts';
import { registrantSources } from './sources.ts';

interface SentIdentifier {
  readonly system: string;
  readonly value: string;
}

const identifiersOf = (body: WriteHookContext['body']): readonly SentIdentifier[] =>
  (body.identifier as readonly SentIdentifier[] | undefined) ?? [];

/**
 * Identifiers of a new registrant: one of a type at most, and none that somebody else holds live, archived or not, person
 * or group [I6] (contract §7.5). The identifiers are locked until the transaction ends, so that of two creates that run
 * at once only one finds them free.
 */
export async function claimIdentifiers(
  em: EntityManager,
  body: WriteHookContext['body'],
  failure: OpenSppErrorCode,
): Promise<void> {
  const sent = identifiersOf(body);
  if (new Set(sent.map(({ system }) => system)).size < sent.length) throw fault(failure);
  await lockIdentifiers(em, sent);
  for (const { system, value } of sent) {
    const held = await em.find(
      Identifier,
      { type: { uri: system }, value, $or: [{ status: null }, { status: 'valid' }] },
      { limit: 1, fields: ['id'], flushMode: FlushMode.COMMIT, disableIdentityMap: true },
    );
    if (held.length > 0) throw fault('identifier_in_use', { system, value });
  }
}

/** Identifiers cannot be changed; a replace still says nonsense when it names a type that does not exist (§9.9). */
export async function checkIdentifierTypes(
  em: EntityManager,
  body: WriteHookContext['body'],
  example: string,
): Promise<void> {
  for (const { system } of identifiersOf(body)) await identifierType(em, system, example);
}

/** Marks the source of a change that a method has made to a registrant of its resource, and gives it a new version. */
export async function markChange(registrant: Registrant, change: string, call: MethodRun): Promise<void> {
  registrantSources.mark(registrant, change, call);
  const { model, version } = call.plan;
  if (version !== undefined) await call.inUnit.touch(model, version, registrant.id);
}

/** A replace that does not say `active` makes an archived record active again (contract K6). */
export function reactivate(registrant: Registrant, { operation, body }: WriteHookContext): void {
  if (operation === 'replace' && body.active === undefined) registrant.active = true;
}
