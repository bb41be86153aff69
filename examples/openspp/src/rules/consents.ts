import { type CallContext, type Condition, type EntityModel, type Expected, type Where, where } from '@sallyport/core';
import type { Consent, ConsentScope, GroupMembership, ProgramMembership, Registrant } from '../entities/index.ts';
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

/**
 * The consents, in whatever state, that name an organisation or its type, be it in a list that their mode leaves unused:
 * what a narrower condition can begin with.
 */
export const mentions = (
  on: Where<Consent>,
  { organization, organizationType }: Parameters<typeof waysToName>[0],
): Condition =>
  on.oneOf(
    [
      on.related('recipients', (recipient) => recipient.eq('id', organization)),
      on.related('allowedRecipientTypes', (type) => type.eq('code', organizationType)),
    ],
    'few',
  );

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

/** Whether a person has signed a consent that names the caller, whatever it opens. */
function hasNaming(on: Where<Registrant>, call: CallContext, rows?: Expected): Condition {
  const ways = waysToNameCaller(call).map((way) => on.related('signedConsents', way));
  return rows === undefined ? on.or(...ways) : on.oneOf(ways, rows);
}

/** How an extension is named among fields: `extension.fisher`. */
const extensionPart = 'extension.';

/** Whether a scope shows all of some fields. */
function showsFields(on: Where<ConsentScope>, fields: ReadonlySet<string>): Condition {
  const whole = [...fields].filter((field) => !field.startsWith(extensionPart));
  const extensions = [...fields]
    .filter((field) => !whole.includes(field))
    .map((field) => field.slice(extensionPart.length));
  const basic = whole.every((field) => basicFields.includes(field));
  return on.and(
    on.or(
      on.eq('fieldAccess', 'all'),
      ...(basic ? [on.eq('fieldAccess', 'basic')] : []),
      // A list of JSON texts holds a name where it holds it in quotes.
      on.and(
        on.eq('fieldAccess', 'custom'),
        ...whole.map((field) => on.contains('customFields' as never, JSON.stringify(field))),
      ),
    ),
    ...(fields.has('extension') ? [on.eq('includeExtensions', true)] : []),
    // A list without a key in it is no restriction.
    ...extensions.map((key) =>
      on.or(on.not(on.contains('allowedExtensions', '"')), on.contains('allowedExtensions', JSON.stringify(key))),
    ),
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

/** Whether a membership holds, in a group whose consent opens its members to the caller (contract §8.1 step 4). */
export const opensMember = (
  on: Where<GroupMembership>,
  call: CallContext,
  way = opens('individual', call),
): Condition =>
  on.and(
    active(on, call.now),
    on.related('group', (group) => group.related('groupConsents', way)),
  );

/** The records of a kind that consents open to the caller. How many they are decides how the database looks for them. */
export function opened(kind: ConsentKind, model: EntityModel, call: CallContext, rows: Expected): Condition {
  const ways = waysToOpen(kind, call);
  if (kind === 'program_membership') {
    return where<ProgramMembership>(model).related('registrant', (registrant) =>
      registrant.oneOf(
        (['signedConsents', 'groupConsents'] as const).flatMap((relation) =>
          ways.map((way) => registrant.related(relation, way)),
        ),
        rows,
      ),
    );
  }
  const on = where<Registrant>(model);
  const byGroup = ways.map((way) => on.related('groupConsents', way));
  if (kind === 'group') return on.oneOf(byGroup, rows);
  const bySignature = ways.map((way) => on.related('signedConsents', way));
  // A consent of one's own, be it narrower, stands before that of the household.
  const throughHousehold = ways.map((way) =>
    on.related('groupMemberships', (membership) =>
      membership.and(
        opensMember(membership, call, way),
        membership.related('individual', (person) => person.not(hasNaming(person, call))),
      ),
    ),
  );
  return on.oneOf([...bySignature, ...throughHousehold], rows);
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
      on.not(hasNaming(on, call, 'many')),
      on.first(
        'groupMemberships',
        {
          among: (membership) => opensMember(membership, call),
        },
        (membership) => membership.related('group', (group) => decided(group, 'groupConsents')),
      ),
    ),
  );
}

/** The scopes, of any valid consent that names the caller, that are about a kind of data and hide a field of it. */
export const hidesField =
  (kind: ConsentKind, call: CallContext, field: string, rows: Expected) =>
  (on: Where<ConsentScope>): Condition => {
    const caller = callerOf(call);
    if (caller === undefined) return on.never;
    return on.and(
      isAbout(on, kind),
      field === 'name' ? on.eq('hidesName', true) : on.not(showsFields(on, new Set([field]))),
      on.related('consent', (consent) =>
        consent.and(...(rows === 'few' ? [mentions(consent, caller)] : []), namesCaller(consent, call)),
      ),
    );
  };
