/** What the catalogue says of one error code. */
export interface ErrorDefinition {
  /** HTTP status code. */
  readonly status: number;
  /** The constant title of the problem type (RFC 9457 section 3.1.3). */
  readonly title: string;
}

/**
 * Every error that Sallyport's core answers with. The reference page `docs/reference/errors.md` is made from this table.
 * A resource or an API may give a code another status, name and text (`errors` of a descriptor).
 */
export const catalogue = {
  malformed_request: { status: 400, title: 'The request could not be read' },
  malformed_target: { status: 400, title: 'The address could not be read' },
  malformed_body: { status: 400, title: 'The body could not be read' },
  malformed_key: { status: 400, title: 'The key of the record is not well formed' },
  malformed_filter: { status: 400, title: 'The filter could not be read' },
  filter_too_complex: { status: 400, title: 'The filter is too complex' },
  invalid_parameter: { status: 400, title: 'A parameter is not valid' },
  invalid_body: { status: 422, title: 'The body is not valid' },
  unauthenticated: { status: 401, title: 'Credentials are needed' },
  invalid_token: { status: 401, title: 'The token is not valid' },
  forbidden: { status: 403, title: 'Not allowed' },
  insufficient_scope: { status: 403, title: 'A scope is missing' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  not_acceptable: { status: 406, title: 'No acceptable representation' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The request conflicts with the present state' },
  ambiguous_key: { status: 409, title: 'More than one record answers to this key' },
  duplicate: { status: 409, title: 'The value is taken' },
  still_referenced: { status: 409, title: 'Other records refer to this one' },
  gone: { status: 410, title: 'No longer served' },
  precondition_failed: { status: 412, title: 'The record has changed' },
  body_too_large: { status: 413, title: 'The body is too large' },
  target_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  unresolved_reference: { status: 422, title: 'A reference does not resolve' },
  rule_broken: { status: 422, title: 'A rule of the resource is broken' },
  precondition_required: { status: 428, title: 'A precondition is required' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong' },
  unavailable: { status: 503, title: 'The service is not available at the moment' },
  timeout: { status: 503, title: 'The request took too long' },
} as const satisfies Record<string, ErrorDefinition>;

/** The codes of the core's own errors. */
export type CoreErrorCode = keyof typeof catalogue;
