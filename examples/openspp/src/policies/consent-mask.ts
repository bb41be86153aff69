import {
  type CallCondition,
  type CallContext,
  type EntityModel,
  type FieldSight,
  type OrderTerm,
  type RowReader,
  type ScalarProperty,
  type Selection,
  type ToManyProperty,
  type ToOneProperty,
  where,
} from '@sallyport/core';
import type { Consent, ConsentScope, GroupMembership } from '../entities/index.ts';
import {
  basicFields,
  type ConsentKind,
  consentOrder,
  isAbout,
  namesCaller,
  opens,
  opensMember,
  scopeOrder,
} from '../rules/consents.ts';

/** What a consent lets be seen of one record. */
export interface Decision {
  /** The consent's external id. */
  readonly consent: string;
  readonly status: string;
  readonly resourceType: string;
  readonly purpose: string;
  readonly fieldAccess: 'all' | 'basic' | 'custom';
  readonly customFields: readonly string[];
  readonly includeExtensions: boolean;
  /** Keys; all when empty. */
  readonly allowedExtensions: readonly string[];
}

/** The names of the entities' own properties. */
const scalar = (model: EntityModel, name: string) => model.properties.get(name) as ScalarProperty;
const many = (model: EntityModel, name: string) => model.properties.get(name) as ToManyProperty;
const one = (model: EntityModel, name: string) => model.properties.get(name) as ToOneProperty;

const terms = (model: EntityModel, names: readonly string[]): readonly OrderTerm[] =>
  names.map((name) => ({
    property: scalar(model, name.replace(/^-/, '')),
    through: [],
    direction: name.startsWith('-') ? 'desc' : 'asc',
  }));

/** Reads the first consent of a registrant that opens the kind, and its first scope that is about it. */
function firstDecision(kind: ConsentKind, owner: Selection, relation: string): RowReader<Decision | undefined> {
  const consents = many(owner.model, relation);
  const { target } = consents;
  const on = where<Consent>(target);
  const opening: CallCondition = (call) => opens(kind, call)(on);
  const read = owner.toMany(consents, { where: opening, order: terms(target, consentOrder), limit: 1 }, (consent) => {
    const externalId = consent.column<string>(scalar(target, 'externalId'));
    const status = consent.column<string>(scalar(target, 'status'));
    const scopes = many(target, 'scopes');
    const about = where<ConsentScope>(scopes.target);
    const readScopes = consent.toMany(
      scopes,
      { where: () => isAbout(about, kind), order: terms(scopes.target, scopeOrder), limit: 1 },
      (scope) => {
        const of = <T>(name: string) => scope.column<T>(scalar(scopes.target, name));
        const resourceType = of<string>('resourceType');
        const purpose = of<string>('purpose');
        const fieldAccess = of<Decision['fieldAccess']>('fieldAccess');
        const customFields = of<readonly string[] | null>('customFields');
        const includeExtensions = of<boolean>('includeExtensions');
        const allowedExtensions = of<readonly string[] | null>('allowedExtensions');
        return (row) => ({
          resourceType: resourceType(row),
          purpose: purpose(row),
          fieldAccess: fieldAccess(row),
          customFields: customFields(row) ?? [],
          includeExtensions: includeExtensions(row),
          allowedExtensions: allowedExtensions(row) ?? [],
        });
      },
    );
    return (row): Decision | undefined => {
      const [scope] = readScopes(row);
      return scope && { consent: externalId(row), status: status(row), ...scope };
    };
  });
  return (row) => read(row)[0];
}

/** Reads the decision over a person: their own consent, else that of the first group that has one (contract §8.1). */
function personDecision(selection: Selection): RowReader<Decision | undefined> {
  const { model } = selection;
  const own = firstDecision('individual', selection, 'signedConsents');
  const consents = many(model, 'signedConsents');
  const on = where<Consent>(consents.target);
  const named = selection.toMany(consents, { where: (call) => namesCaller(on, call), limit: 1 }, () => () => true);
  const memberships = many(model, 'groupMemberships');
  const membership = where<GroupMembership>(memberships.target);
  const households = selection.toMany(
    memberships,
    {
      where: (call) => opensMember(membership, call),
      order: terms(memberships.target, ['id']),
      limit: 1,
    },
    (each) => firstDecision('individual', each.toOne(one(memberships.target, 'group')), 'groupConsents'),
  );
  return (row) => own(row) ?? (named(row).length > 0 ? undefined : households(row)[0]);
}

/** Reads the decision over a record of a kind. */
export function decisionReader(kind: ConsentKind, selection: Selection): RowReader<Decision | undefined> {
  if (kind === 'individual') return personDecision(selection);
  if (kind === 'group') return firstDecision('group', selection, 'groupConsents');
  const registrant = selection.toOne(one(selection.model, 'registrant'));
  const [signed, ofGroup] = (['signedConsents', 'groupConsents'] as const).map((relation) =>
    firstDecision(kind, registrant, relation),
  );
  return (row) => signed?.(row) ?? ofGroup?.(row);
}

/** The fields that a decision shows, beside type and identifier; what is answered to a write without one is its version. */
export function shownBy(decision: Decision | undefined): FieldSight {
  if (decision === undefined) return versionOnly;
  const { fieldAccess, customFields, includeExtensions, allowedExtensions } = decision;
  const listed = new Set(fieldAccess === 'basic' ? basicFields : customFields);
  return {
    has: (field) => (field === 'extension' ? includeExtensions : true) && (fieldAccess === 'all' || listed.has(field)),
    within: (field) => (field === 'extension' && allowedExtensions.length > 0 ? new Set(allowedExtensions) : undefined),
  };
}

const versionOnly: ReadonlySet<string> = new Set(['meta']);

const decisions = Symbol('openspp.consent');

/** Remembers why a record was shown, for headers and the audit. */
export function remember(call: CallContext, kind: ConsentKind, decision: Decision | undefined): void {
  const known = (call.state.get(decisions) as Map<ConsentKind, Decision | undefined> | undefined) ?? new Map();
  known.set(kind, decision);
  call.state.set(decisions, known);
}

/** The decision over the last record of a kind that was read: the one of a read, which is looked at after its members. */
export function lastDecision(call: CallContext, kind: ConsentKind): Decision | undefined {
  return (call.state.get(decisions) as Map<ConsentKind, Decision | undefined> | undefined)?.get(kind);
}
