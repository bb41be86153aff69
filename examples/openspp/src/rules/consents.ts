import { type CallContext, type Condition, type EntityModel, type Where, where } from '@sallyport/core';
import type { Consent, ConsentScope, ProgramMembership, Registrant } from '../entities/index.ts';
import { callerOf, today } from './caller.ts';
import { active } from './conditions.ts';

/** The kinds of data that a consent opens (contract §8.1). */
export type ConsentKind = 'individual' | 'group' | 'program_membership';

/** Fields that `basic` access shows, beside type and identifier (contract §8.2). */
export const basicFields: readonly string[] = ['name', 'active', 'meta'];

/** Named recipients come before categories (contract §8.1 step 2), older consents before younger. */
export const consentOrder = ['-recipientMode', 'id'] as const;
/** Contract §22.9: by kind of data. */
export const scopeOrder = ['resourceType', 'id'] as const;

/** A condition on consents. */
type OnConsents = (on: Where<Consent>) => Condition;

/** Whether a consent holds on the day of the call (contract §8.1 step 1). */
function holds(on: Where<Consent>, call: CallContext): Condition {
  const day = today(call);
  return on.and(
    on.in('status', ['given', 'renewed']),
    on.or(on.isNull('effectiveDate'), on.le('effectiveDate', day)),
    on.or(on.isNull('expiryDate'), on.ge('expiryDate', day)),
  );
}

/**
 * The two ways in which a consent, in whatever state, is meant for an organisation: by itself, or by its type (contract
 * §16, §8.1 step 2). Two conditions, so that the database can begin at the consents of each way.
 */
function waysToName({
  organization,
  organizationType,
}: {
  readonly organization: number;
  readonly organizationType: string;
}): readonly OnConsents[] {
  return [
    (on) =>
      on.and(
        on.eq('recipientMode', 'specific'),
        on.related('recipients', (recipient) => recipient.eq('id', organization)),
      ),
    (on) =>
      on.and(
        on.eq('recipientMode', 'category'),
        on.related('allowedRecipientTypes', (type) => type.eq('code', organizationType)),
      ),
  ];
}

/** Whether a consent, in whatever state, is meant for an organisation. */
export function namesRecipient(on: Where<Consent>, recipient: Parameters<typeof waysToName>[0]): Condition {
  return on.or(...waysToName(recipient).map((way) => way(on)));
}

/** The ways in which a consent that holds today names the caller; none for who is no client. */
function waysToNameCaller(call: CallContext): readonly OnConsents[] {
  const caller = callerOf(call);
  return caller === undefined ? [] : waysToName(caller).map((way) => (on) => on.and(holds(on, call), way(on)));
}

/** Whether a consent holds today and names the caller. */
export function namesCaller(on: Where<Consent>, call: CallContext): Condition {
  return on.or(...waysToNameCaller(call).map((way) => way(on)));
}

/** Whether a scope is about a kind of data. */
export const isAbout = (on: Where<ConsentScope>, kind: ConsentKind): Condition => on.in('resourceType', [kind, 'all']);

const waysToOpen = (kind: ConsentKind, call: CallContext): readonly OnConsents[] =>
  waysToNameCaller(call).map(
    (way) => (on) =>
      on.and(
        way(on),
        on.related('scopes', (scope) => isAbout(scope, kind)),
      ),
  );

/** The consents that open a kind of data to the caller. */
export const opens =
  (kind: ConsentKind, call: CallContext): OnConsents =>
  (on) =>
    on.or(...waysToOpen(kind, call).map((way) => way(on)));

/** Whether some consent of a registrant opens a kind of data to the caller. */
const hasOpening = (
  on: Where<Registrant>,
  relation: 'signedConsents' | 'groupConsents',
  kind: ConsentKind,
  call: CallContext,
): Condition => on.or(...waysToOpen(kind, call).map((way) => on.related(relation, way)));

/** Whether a person has signed a consent that names the caller, whatever it opens. */
const hasNaming = (on: Where<Registrant>, call: CallContext): Condition =>
  on.or(...waysToNameCaller(call).map((way) => on.related('signedConsents', way)));

/** Whether a scope shows all of some fields. */
function showsFields(on: Where<ConsentScope>, fields: ReadonlySet<string>): Condition {
  const basic = [...fields].every((field) => basicFields.includes(field));
  return on.and(
    on.or(
      on.eq('fieldAccess', 'all'),
      ...(basic ? [on.eq('fieldAccess', 'basic')] : []),
      // A list of JSON texts holds a name where it holds it in quotes.
      on.and(
        on.eq('fieldAccess', 'custom'),
        ...[...fields].map((field) => on.contains('customFields' as never, JSON.stringify(field))),
      ),
    ),
    ...(fields.has('extension') ? [on.eq('includeExtensions', true)] : []),
  );
}

/** Whether the consent and the scope that decide show all of some fields: the first of each (contract §8.1 step 6). */
const decides =
  (kind: ConsentKind, call: CallContext, fields: ReadonlySet<string>) =>
  <E extends object>(on: Where<E>, relation: keyof E & string): Condition =>
    on.first(
      relation,
      { among: opens(kind, call) as never, order: consentOrder },
      (consent) =>
        (consent as unknown as Where<Consent>).first(
          'scopes',
          { among: (scope) => isAbout(scope, kind), order: scopeOrder },
          (scope) => showsFields(scope, fields),
        ) as never,
    );

/** Whether a person is in a group whose consent opens its members (contract §8.1 step 4). */
const throughHousehold = (on: Where<Registrant>, call: CallContext): Condition =>
  on.or(
    ...waysToOpen('individual', call).map((way) =>
      on.related('groupMemberships', (membership) =>
        membership.and(
          active(membership, call.now),
          membership.related('group', (group) => group.related('groupConsents', way)),
        ),
      ),
    ),
  );

/** The records of a kind that consents open to the caller. */
export function opened(kind: ConsentKind, model: EntityModel, call: CallContext): Condition {
  if (kind === 'program_membership') {
    const on = where<ProgramMembership>(model);
    return on.or(
      ...waysToOpen(kind, call).flatMap((way) =>
        (['signedConsents', 'groupConsents'] as const).map((relation) =>
          on.related('registrant', (registrant) => registrant.related(relation, way)),
        ),
      ),
    );
  }
  const on = where<Registrant>(model);
  if (kind === 'group') return hasOpening(on, 'groupConsents', kind, call);
  // A consent of one's own, be it narrower, stands before that of the household.
  const household = on.and(on.not(hasNaming(on, call)), throughHousehold(on, call));
  return on.or(hasOpening(on, 'signedConsents', kind, call), household);
}

/** The records of a kind of which the deciding consent shows all of some fields. */
export function openedWith(
  kind: ConsentKind,
  model: EntityModel,
  call: CallContext,
  fields: ReadonlySet<string>,
): Condition {
  const decided = decides(kind, call, fields);
  if (kind === 'program_membership') {
    return where<ProgramMembership>(model).related('registrant', (registrant) =>
      registrant.or(decided(registrant, 'signedConsents'), decided(registrant, 'groupConsents')),
    );
  }
  const on = where<Registrant>(model);
  if (kind === 'group') return decided(on, 'groupConsents');
  return on.or(
    decided(on, 'signedConsents'),
    on.and(
      on.not(hasNaming(on, call)),
      on.first(
        'groupMemberships',
        {
          among: (membership) =>
            membership.and(
              active(membership, call.now),
              membership.related('group', (group) => group.related('groupConsents', opens('individual', call))),
            ),
        },
        (membership) => membership.related('group', (group) => decided(group, 'groupConsents')),
      ),
    ),
  );
}

/** The scopes, of any valid consent that names the caller, that are about a kind of data and hide a field of it. */
export const hidesField =
  (kind: ConsentKind, call: CallContext, field: string) =>
  (on: Where<ConsentScope>): Condition =>
    on.and(
      isAbout(on, kind),
      on.not(showsFields(on, new Set([field]))),
      on.related('consent', (consent) => namesCaller(consent, call)),
    );
