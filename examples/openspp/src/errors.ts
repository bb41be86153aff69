import { type ErrorWordings, type Issue, SallyportError } from '@sallyport/core';
import type { FilterErrorCode } from '@sallyport/plugins/filters';

/**
 * The error catalogue of the contract (§2.4): code → status and text. Texts are ours to word; codes and statuses are the
 * contract. `{…}` stands for a fact.
 */
export const catalogue = {
  // General
  route_not_found: [404, 'There is nothing at this address.'],
  method_not_allowed: [405, 'The address exists, but not with this method.'],
  schema_violation: [422, 'The request does not fit its schema.'],
  forbidden: [403, 'This may not be done.'],
  record_gone: [404, 'The record is no longer there.'],
  request_rejected: [400, 'The request was refused by a rule.'],
  internal_error: [500, 'Something went wrong on the server. It has been logged.'],
  body_too_large: [413, 'The body is larger than the limit of {limit} bytes.'],
  // Authentication and authorisation
  token_missing: [401, 'Send a token in the Authorization header: "Authorization: Bearer <token>".'],
  token_expired: [401, 'The token has expired; ask for a new one.'],
  token_invalid: [401, 'The token is not valid.'],
  token_client_missing: [401, 'The token names no client: its claim client_id is missing.'],
  client_unknown: [401, 'No active client stands behind this token.'],
  authentication_failed: [401, 'The caller could not be authenticated.'],
  server_not_configured: [500, 'The server cannot check tokens; its operator has to act.'],
  scope_missing: [403, 'This needs the scope {scope}, which the client does not hold. An administrator can grant it.'],
  scopes_missing: [
    403,
    'This needs the scopes {scopes}; the client does not hold all of them. An administrator can grant them.',
  ],
  access_denied: [403, 'Access to this record is refused.'],
  // Token endpoint
  token_request_unreadable: [400, 'No usable credentials: send them by HTTP Basic, in a form body or in a JSON body.'],
  grant_type_unsupported: [400, 'The only grant type is client_credentials.'],
  credentials_invalid: [401, 'The credentials do not match an active client.'],
  too_many_token_requests: [429, 'Too many token requests from this address. Wait, then try again.'],
  rate_limit_exceeded: [429, 'Too many requests. Try again in {seconds} seconds.'],
  token_not_issued: [500, 'The token could not be issued; the operator of the server has to act.'],
  // Identifiers and references
  identifier_malformed: [400, 'An identifier has the form system|value.'],
  reference_malformed: [400, 'A reference has the form {form}.'],
  reference_identifier_malformed: [
    400,
    'The identifier in the reference has no vertical bar: system|value is expected.',
  ],
  identifier_ambiguous: [409, 'More than one registrant holds this identifier.'],
  identifier_in_use: [409, 'The identifier {system}|{value} is in use already.'],
  identifier_type_unknown: [
    422,
    '{system} is not a known type of identifier. Types have the form urn:openspp:vocab:id-type#<code>, for example urn:openspp:vocab:id-type#{example}.',
  ],
  identifier_value_invalid: [422, '{value} is not a valid {display}.'],
  // Resources
  individual_not_found: [404, 'Nobody is registered under this identifier.'],
  group_not_found: [404, 'No group is registered under this identifier.'],
  program_not_found: [404, 'There is no such program.'],
  program_membership_not_found: [404, 'There is no such program membership.'],
  version_conflict: [409, 'Somebody else has changed the record in between. Read it again, then repeat the change.'],
  individual_create_failed: [422, 'The individual could not be created.'],
  individual_update_failed: [422, 'The individual could not be updated.'],
  individual_patch_failed: [422, 'The individual could not be patched.'],
  group_create_failed: [422, 'The group could not be created.'],
  group_update_failed: [422, 'The group could not be updated.'],
  group_patch_failed: [422, 'The group could not be patched.'],
  member_add_failed: [422, 'The member could not be added.'],
  member_remove_failed: [422, 'The member could not be removed.'],
  member_update_failed: [422, 'The membership could not be updated.'],
  group_merge_failed: [422, 'The groups could not be merged.'],
  group_split_failed: [422, 'The group could not be split.'],
  program_membership_create_failed: [422, 'The program membership could not be created.'],
  program_membership_update_failed: [422, 'The program membership could not be updated.'],
  // Individual data
  photo_too_large: [422, 'The photo is larger than the limit of {limit} characters of base64.'],
  gender_unknown: [
    422,
    '{code} of {system} is not a gender. Use the system urn:iso:std:iso:5218: 0 Not Known, 1 Male, 2 Female, 9 Not Applicable.',
  ],
  extension_invalid: [422, 'The extension {extension} cannot store {property}: {reason}'],
  birth_date_in_future: [422, 'The birth date of {name}, {date}, lies in the future.'],
  name_required: [422, 'The record needs a name: the property name must not end up empty.'],
  // Group operations
  already_member: [409, 'The person is an active member of the group already.'],
  role_unknown: [
    422,
    '{code} of {system} is not a role. Roles are vocabulary codes of urn:openspp:vocab:group-membership-type, for example head.',
  ],
  head_already_set: [422, 'A group has one head at most.'],
  end_before_start: [422, 'The membership would end before it starts.'],
  member_duplicate: [422, 'The person has a membership in this group already.'],
  not_a_member: [404, 'The person is not an active member of the group.'],
  member_not_found: [422, 'The member {reference} cannot be found.'],
  merge_same_group: [400, 'A group cannot be merged with itself.'],
  source_group_not_found: [404, 'The source group cannot be found.'],
  target_group_not_found: [404, 'The target group cannot be found.'],
  source_group_inactive: [409, 'The source group is archived.'],
  new_head_reference_malformed: [400, 'newHead has the form Individual/system|value.'],
  new_head_identifier_malformed: [400, 'The identifier in newHead has no vertical bar: system|value is expected.'],
  new_head_not_moved: [400, 'The new head {identifier} is not among membersToMove.'],
  moved_person_not_found: [404, 'The person to move {identifier} cannot be found.'],
  new_head_not_found: [404, 'The new head {identifier} cannot be found.'],
  moved_person_not_a_member: [404, 'The person to move {identifier} is not an active member of the group.'],
  split_empties_group: [409, 'One member at least has to stay in the group.'],
  split_moves_head: [409, 'The head of the group is among those to move: the group needs another head first.'],
  // Programs and memberships
  program_identifier_in_use: [409, 'The identifier {system}|{value} belongs to another program.'],
  program_name_taken: [409, 'Another program has this name; program names are unique.'],
  target_type_locked: [422, 'targetType cannot change while the program has memberships.'],
  program_type_unknown: [422, 'The programType {code} of {system} is not a vocabulary code.'],
  program_required: [409, 'The beneficiary is in several programs: name one by the query parameter program.'],
  program_reference_malformed: [400, 'The query parameter program is {value}; it begins with Program/.'],
  program_identifier_malformed: [400, 'The query parameter program is {value}; its identifier has no vertical bar.'],
  already_enrolled: [409, 'The beneficiary has a membership in this program already.'],
  membership_program_not_found: [422, 'There is no program {reference}.'],
  membership_beneficiary_not_found: [422, 'There is no beneficiary {reference}.'],
  membership_program_reference_malformed: [422, 'program is {reference}; it has the form Program/system|value.'],
  membership_program_identifier_malformed: [422, 'program is {reference}; its identifier has no vertical bar.'],
  membership_beneficiary_reference_malformed: [
    422,
    'beneficiary is {reference}; it has the form Individual/system|value or Group/system|value.',
  ],
  membership_beneficiary_identifier_malformed: [422, 'beneficiary is {reference}; its identifier has no vertical bar.'],
  beneficiary_kind_mismatch: [422, 'The program {program} is for beneficiaries of the kind {kind}.'],
  program_not_active: [422, 'The program {program} has ended.'],
  membership_program_fixed: [422, 'The body names {reference}; a membership stays with its program.'],
  membership_beneficiary_fixed: [422, 'A membership stays with its beneficiary.'],
  status_change_not_allowed: [422, 'A membership does not go from {from} to {to}.'],
  membership_search_failed: [500, 'The memberships could not be searched.'],
  // Bundles
  bundle_type_unsupported: [400, 'A bundle of the type {type} is not processed here: send a transaction or a batch.'],
  bundle_empty: [400, 'A bundle needs one entry at least.'],
  bundle_too_large: [400, 'A {type} has {limit} entries at most.'],
  entry_request_missing: [422, 'The entry has no request.'],
  entry_method_unsupported: [422, 'There is nothing that {method} could do in this entry.'],
  entry_type_unsupported: [
    422,
    'The type of the entry is {kind}; bundles serve Individual, Group, Program and ProgramMembership.',
  ],
  entry_url_malformed: [
    422,
    'The url {url} does not have the form Type/system|value, of the types Individual, Group, Program and ProgramMembership.',
  ],
  entry_identifier_malformed: [422, 'The identifier {value} in the url has no vertical bar: system|value is expected.'],
  entry_target_not_found: [422, 'There is no {kind} with the identifier {identifier}.'],
  entry_scope_missing: [422, 'The client does not hold a scope for {action} on {resource}.'],
  transaction_failed: [422, 'Entry {number} ({fullUrl}) has failed, and everything is undone: {text}'],
  entry_resource_missing: [422, 'The entry has no resource.'],
  entry_schema_violation: [422, 'The resource does not fit its schema at {property}.'],
  // Consents
  active_consent_not_found: [404, 'There is no active consent to withdraw.'],
  consent_not_found: [404, 'There is no such consent.'],
  date_invalid: [400, 'The parameter {parameter} is a date of the form YYYY-MM-DD.'],
  // Clients
  organization_type_locked: [
    409,
    'The organisation type of {client} has been verified and does not change; an administrator decides on a justified request.',
  ],
  // Search
  filter_identifier_malformed: [400, 'The parameter identifier has the form system|value.'],
  filter_gender_malformed: [400, 'The parameter gender has the form system|code.'],
  filter_group_malformed: [400, 'The parameter group has the form system|value, or is none.'],
  filter_member_malformed: [400, 'The parameter member has the form Individual/system|value.'],
  filter_date_malformed: [
    400,
    'The parameter {parameter} has the form YYYY-MM-DD, with one of the prefixes eq, ne, gt, ge, lt, le in front or none.',
  ],
  filter_beneficiary_malformed: [
    400,
    'The parameter beneficiary has the form Individual/system|value or Group/system|value.',
  ],
  filter_program_malformed: [400, 'The parameter program has the form Program/system|value.'],
  since_malformed: [400, 'The parameter _since is an ISO 8601 date-time.'],
  filter_value_unknown: [400, 'The parameter {parameter} must be {values}.'],
  filter_too_complex: [400, 'The search has {count} conditions; the maximum is {limit}.'],
  filter_unknown: [400, '{resource} has no filter {filter}.'],
  filter_operator_not_allowed: [400, 'The filter {filter} does not take the operator {operator}, but {allowed}.'],
  filter_too_many_values: [400, 'The filter {filter} takes {limit} values at most; {count} were sent.'],
  preset_unknown: [400, '{resource} has no preset {preset}.'],
  sort_field_unknown: [400, '{field} cannot be sorted by.'],
} as const satisfies Record<string, readonly [status: number, text: string]>;

export type OpenSppErrorCode = keyof typeof catalogue;
type Facts = Readonly<Record<string, string | number>>;

/** The text of a code with its facts. */
export function textOf(code: OpenSppErrorCode, facts: Facts = {}): string {
  return catalogue[code][1].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}

/** An error of the catalogue. */
export function fault(
  code: OpenSppErrorCode,
  facts: Facts = {},
  more: { readonly issues?: readonly Issue[]; readonly cause?: unknown } = {},
): SallyportError {
  return new SallyportError(code, { status: catalogue[code][0], detail: textOf(code, facts), facts, ...more });
}

/** An error of the catalogue as search parameters declare theirs. */
export function parameterFault(code: OpenSppErrorCode, facts: Facts = {}) {
  return { code, status: catalogue[code][0], detail: textOf(code, facts) };
}

/** A core error in the catalogue's words, its issues and headers kept. */
export function said(code: OpenSppErrorCode, facts: Facts = {}) {
  return { code, status: catalogue[code][0], detail: textOf(code, facts) };
}

/** The facts of an error as texts. */
const texts = (facts: Readonly<Record<string, unknown>>): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)]));

/** How the core's errors are told by this API; resources tell some of them more exactly. */
export const errorWordings: ErrorWordings = {
  not_found: (error) => said(error.facts.route === true ? 'route_not_found' : 'record_gone'),
  method_not_allowed: said('method_not_allowed'),
  // What the core says of a request that it could not read is said in words that help.
  malformed_request: { code: 'request_rejected' },
  malformed_target: { code: 'request_rejected' },
  malformed_body: said('schema_violation'),
  invalid_body: said('schema_violation'),
  invalid_parameter: said('schema_violation'),
  unsupported_media_type: said('schema_violation'),
  unresolved_reference: said('schema_violation'),
  malformed_key: said('identifier_malformed'),
  ambiguous_key: said('identifier_ambiguous'),
  unauthenticated: said('token_missing'),
  invalid_token: said('token_invalid'),
  insufficient_scope({ facts }) {
    const scopes = String(facts.scope).split(' ');
    if (scopes.length > 1) return said('scopes_missing', { scopes: scopes.join(' and ') });
    return said('scope_missing', { scope: String(facts.scope) });
  },
  forbidden: said('forbidden'),
  precondition_failed: said('version_conflict'),
  too_many_requests: (error) => said('rate_limit_exceeded', { seconds: String(error.facts.seconds) }),
  body_too_large: (error) => said('body_too_large', { limit: String(error.facts.limit ?? '') }),
  rule_broken: said('request_rejected'),
  // A filter that cannot be read is told with what it takes.
  malformed_filter: { code: 'request_rejected' },
  // Nested too deep: there are no numbers of conditions to tell.
  filter_too_complex: ({ facts: { count, limit } }) =>
    count === undefined ? { code: 'filter_too_complex' } : said('filter_too_complex', texts({ count, limit })),
  internal: said('internal_error'),
};

/** How faults of filters are told: [S11] to [S15]. */
export const filterWordings: ErrorWordings<FilterErrorCode> = {
  filter_unknown: ({ facts }) => said('filter_unknown', texts(facts)),
  filter_operator_not_allowed: ({ facts }) => said('filter_operator_not_allowed', texts(facts)),
  filter_too_many_values: ({ facts }) => said('filter_too_many_values', texts(facts)),
  preset_unknown: ({ facts }) => said('preset_unknown', texts(facts)),
  sort_field_unknown: ({ facts }) => said('sort_field_unknown', texts(facts)),
};
