export type { EachRead } from '../operations/read-each.ts';
export type { ApiContext, Strictness } from './api-context.ts';
export type { CallContext, RequestHead } from './call.ts';
export type { Envelope, ErrorContext, Page, PageLinks, RenderedError } from './envelope.ts';
export { reworded } from './error-wording.ts';
export { loggable } from './loggable.ts';
export { type PlainEnvelopeOptions, plainEnvelope, problemSchema, wantsProblem } from './plain-envelope.ts';
export {
  type AnonymousPrincipal,
  anonymous,
  type CallerLimits,
  type CallerPrincipal,
  holds,
  type Principal,
  type SystemPrincipal,
  system,
} from './principal.ts';
export type { QueryDialect, RepresentationRequest, SearchRequest } from './query-dialect.ts';
export type {
  AccessLogEntry,
  EachRequest,
  HeaderDefinition,
  InnerAnswer,
  InnerCall,
  InnerRequest,
  JsonSchema,
  ObservedCall,
  Outcome,
  ParameterDefinition,
  ResponseDefinition,
  RouteCall,
  RouteDefinition,
} from './route.ts';
export { type QueryNames, type StandardQueryOptions, standardQuery } from './standard-query.ts';
