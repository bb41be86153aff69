export { limiterKey, normaliseAddress } from './address.ts';
export type { BodyKind, ReadBody } from './body.ts';
export { hasControl, isFieldValue, isForbiddenName, isToken } from './characters.ts';
export {
  type ClientOrigin,
  type ClientOriginRequest,
  createProxyTrust,
  findClient,
  type ProxyTrust,
} from './client-address.ts';
export {
  type CurrentRepresentation,
  evaluateIfMatch,
  evaluateIfNoneMatch,
  evaluatePreconditions,
  isNotModified,
  type PreconditionRequest,
  type PreconditionResult,
} from './conditional.ts';
export {
  deriveEntityTag,
  type EntityTag,
  type EntityTagOptions,
  formatEntityTag,
  matchesStrongly,
  matchesWeakly,
  parseEntityTags,
} from './entity-tag.ts';
export { fieldsOf, parseForm } from './form.ts';
export { assertFieldValue, type HeaderOptions, readHeaders } from './headers.ts';
export { formatHttpDate, parseHttpDate } from './http-date.ts';
export { parseJson, parseJsonText } from './json.ts';
export { defaultLimits, type HttpLimits, type JsonLimits } from './limits.ts';
export { acceptable, type ContentKind, contentKindOf, type MediaType, parseMediaType } from './media-type.ts';
export type { HandleOptions, RawBody, RawRequest, RawResponse, RequestHandler } from './message.ts';
export type { Pair } from './pairs.ts';
export { type RepeatedParameters, settleParameters } from './parameters.ts';
export { decodePercent } from './percent.ts';
export {
  instanceOf,
  type Problem,
  type ProblemFault,
  type ProblemOptions,
  problemBody,
  problemMediaType,
} from './problem.ts';
export { type ReadBodyOptions, readBody } from './read-body.ts';
export type { Timers } from './read-bytes.ts';
export { requestIdOf } from './request-id.ts';
export { createRouter, type RouteMatch, type Router, type RouterOptions, type RouterRoute } from './router.ts';
export { type SecurityHeaderOptions, securityHeaders } from './security-headers.ts';
export { decodeSegment, type ParsedTarget, parseTarget, type TargetOptions } from './target.ts';
export { announcesBody, bodyLeftUnread, markBodyUnread } from './unread.ts';
