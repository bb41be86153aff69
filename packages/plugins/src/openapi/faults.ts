import { STATUS_CODES } from 'node:http';
import {
  type CoreErrorCode,
  catalogue,
  type HeaderDefinition,
  type JsonSchema,
  type Plan,
  type PlannedRoute,
  type PluginDocumentation,
  type ResponseDefinition,
  reworded,
  SallyportError,
} from '@sallyport/core';

/** Faults of a request that can be found wherever it goes. */
const anywhere: readonly CoreErrorCode[] = [
  'malformed_request',
  'malformed_target',
  'invalid_parameter',
  'target_too_long',
  'headers_too_large',
  'internal',
  'unavailable',
  'timeout',
];
const guarded: readonly CoreErrorCode[] = ['unauthenticated', 'invalid_token', 'forbidden', 'insufficient_scope'];
const withBody: readonly CoreErrorCode[] = ['malformed_body', 'body_too_large', 'request_timeout'];
const onRecord: readonly CoreErrorCode[] = ['malformed_key', 'not_found', 'ambiguous_key'];
const searching: readonly CoreErrorCode[] = ['malformed_key', 'malformed_filter', 'filter_too_complex'];
const writing: readonly CoreErrorCode[] = ['forbidden', 'conflict', 'duplicate', 'still_referenced', 'rule_broken'];
const filling: readonly CoreErrorCode[] = ['unresolved_reference', 'ambiguous_key', 'invalid_body'];

/** The codes of the core's errors that a route can end in: what the stages of the road and its operation can refuse. */
function codesOf(route: PlannedRoute, plan: Plan): ReadonlySet<CoreErrorCode> {
  const { body, subject, requirement } = route;
  const codes = new Set<CoreErrorCode>(anywhere);
  const add = (condition: boolean, more: readonly CoreErrorCode[]) => {
    if (condition) for (const code of more) codes.add(code);
  };
  add(!requirement.open, guarded);
  add(route.envelope !== 'none', ['not_acceptable']);
  add(body !== undefined, withBody);
  add(body !== undefined && !body.kinds.includes('any'), ['unsupported_media_type']);
  add(body?.schema !== undefined, ['invalid_body']);
  add(
    plan.plugins.some(({ hooks, documentation }) => hooks?.admit !== undefined && documentation === undefined),
    ['too_many_requests'],
  );
  if (subject === undefined) return codes;
  const { operation, resource } = subject;
  const changes = operation !== 'read' && operation !== 'search' && route.method !== 'GET';
  const precondition = changes && (operation === 'update' || operation === 'replace' || operation === 'delete');
  add(route.path.includes('{key}') || precondition, onRecord);
  add(operation === 'search', searching);
  add(changes, writing);
  add(changes && operation !== 'delete', filling);
  add(precondition, ['precondition_failed']);
  add(precondition && plan.strictness.requireIfMatch && resource.version !== undefined, ['precondition_required']);
  return codes;
}

/** Status of an error as this route answers it: its resource's and the API's wordings and the envelope have a say. */
function answerTo(code: CoreErrorCode, route: PlannedRoute, plan: Plan): { status: number; code: string } {
  try {
    const error = reworded(new SallyportError(code), undefined, [route.subject?.resource.errors, plan.errors]);
    const { status } = plan.envelope.error(error, { id: '', head: undefined, call: undefined });
    return { status, code: error.code };
  } catch {
    // A wording that cannot do without the call: what the core would answer.
    return { status: catalogue[code].status, code };
  }
}

const retryAfter: HeaderDefinition = {
  description: 'Seconds to wait before the next try.',
  schema: { type: 'integer', minimum: 0 },
};

/** How a 415 tells what would be taken, where that is not `Accept`. */
const acceptHeaders: Readonly<Record<string, string>> = { PATCH: 'Accept-Patch', QUERY: 'Accept-Query' };

/** The headers that errors of a status bring. */
function headersOf(status: number, route: PlannedRoute, plan: Plan): Readonly<Record<string, HeaderDefinition>> {
  const text = { type: 'string' };
  switch (status) {
    case 401:
      return {
        'WWW-Authenticate': {
          description: 'How to authenticate (RFC 9110 section 11.6.1).',
          schema: text,
          required: plan.strategies.length > 0 && plan.strategies.every(({ challenge }) => challenge !== undefined),
        },
      };
    case 403:
      return { 'WWW-Authenticate': { description: 'The scope that is missing (RFC 6750 section 3.1).', schema: text } };
    case 415:
      return {
        [acceptHeaders[route.method] ?? 'Accept']: { description: 'What is taken.', schema: text },
      };
    case 429:
    case 503:
      return { 'Retry-After': retryAfter };
    default:
      return {};
  }
}

/** The content of the envelope's errors, by media type. */
export function errorContent(plan: Plan): Readonly<Record<string, JsonSchema>> {
  return plan.envelope.schemas.error;
}

/** A response as the document will show it: schemas by media type. */
export interface DescribedResponse {
  readonly description: string;
  readonly headers: Readonly<Record<string, HeaderDefinition>>;
  readonly content: Readonly<Record<string, JsonSchema>>;
  /** What else it is answered in, to who asks for it. */
  readonly alternatives?: Readonly<Record<string, JsonSchema>>;
}

/** What plugins say of the calls of a route. */
export function documentationFor({ requirement }: PlannedRoute, plan: Plan): readonly PluginDocumentation[] {
  return plan.plugins.flatMap(({ documentation }) =>
    documentation === undefined || (documentation.covers === 'guarded' && requirement.open) ? [] : [documentation],
  );
}

/** Every way that a route can answer, by status: what it declares, what plugins add, and its errors. */
export function responsesOf(route: PlannedRoute, plan: Plan): ReadonlyMap<number, DescribedResponse> {
  const responses = new Map<number, DescribedResponse>();
  const add = (status: number, response: DescribedResponse) => {
    const known = responses.get(status);
    responses.set(status, known === undefined ? response : merged(known, response));
  };
  const declared: Readonly<Record<number, ResponseDefinition>> = route.responses ?? {
    200: { description: 'Success.' },
  };
  for (const [status, definition] of entries(declared)) add(status, described(status, definition, plan));
  for (const documentation of documentationFor(route, plan)) {
    for (const [status, definition] of entries(documentation.responses ?? {})) {
      add(status, described(status, definition, plan));
    }
  }
  const errors = new Map<number, Set<string>>();
  for (const code of codesOf(route, plan)) {
    const answer = answerTo(code, route, plan);
    errors.set(answer.status, (errors.get(answer.status) ?? new Set()).add(answer.code));
  }
  for (const [status, codes] of errors) {
    const success = responses.get(status);
    if (status < 400 && success !== undefined) {
      // An envelope may answer refusals with a success's status: its schema says so already, its headers cannot.
      responses.set(status, { ...success, headers: optional(success.headers) });
      continue;
    }
    const names = [...codes].sort().map((code) => `\`${code}\``);
    add(status, {
      description: `${STATUS_CODES[status] ?? 'Error'}: ${names.join(', ')}.`,
      headers: headersOf(status, route, plan),
      content: errorContent(plan),
    });
  }
  return new Map([...responses].sort(([one], [other]) => one - other));
}

function described(status: number, definition: ResponseDefinition, plan: Plan): DescribedResponse {
  const { description, schema, mediaType, alternatives, headers = {} } = definition;
  const own: Readonly<Record<string, JsonSchema>> =
    schema === undefined && mediaType === undefined ? {} : { [mediaType ?? 'application/json']: schema ?? {} };
  const isBareError = status >= 400 && Object.keys(own).length === 0;
  return {
    description,
    headers,
    content: isBareError ? errorContent(plan) : own,
    ...(alternatives === undefined ? {} : { alternatives }),
  };
}

function merged(one: DescribedResponse, other: DescribedResponse): DescribedResponse {
  const content: Record<string, JsonSchema> = { ...one.content };
  for (const [mediaType, schema] of Object.entries(other.content)) {
    const known = content[mediaType];
    const same = known === undefined || JSON.stringify(known) === JSON.stringify(schema);
    content[mediaType] = same ? schema : { anyOf: [known, schema] };
  }
  // A header is only sure where both ways to answer bring it.
  const sure = Object.entries(one.headers).filter(
    ([name, { required }]) => required === true && other.headers[name]?.required === true,
  );
  const headers = { ...optional({ ...other.headers, ...one.headers }), ...Object.fromEntries(sure) };
  return { ...one, headers, content };
}

function optional(headers: DescribedResponse['headers']): DescribedResponse['headers'] {
  return Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, { ...header, required: false }]));
}

function entries<T>(record: Readonly<Record<number, T>>): readonly (readonly [number, T])[] {
  return Object.entries(record).map(([status, value]) => [Number(status), value]);
}
