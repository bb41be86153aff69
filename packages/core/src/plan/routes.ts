import type {
  DeleteOptions,
  MethodDefinition,
  OperationName,
  OperationOptions,
  RecordSchemas,
  ReplaceOptions,
  SearchOptions,
} from '../descriptor/operations.ts';
import { ConfigurationError } from '../errors/index.ts';
import { inputSchema } from '../fields/members.ts';
import type { BodyKind } from '../http/body.ts';
import { create, remove, replace, update } from '../operations/change.ts';
import { read } from '../operations/read.ts';
import { runMethod } from '../operations/run-method.ts';
import { search } from '../operations/search.ts';
import { ndjson } from '../operations/stream.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { JsonSchema, Outcome, ParameterDefinition, ResponseDefinition, RouteCall } from '../road/route.ts';
import type { PlannedRoute } from './plan.ts';
import type { ResourcePlan } from './resource-plan.ts';

const operationNames = ['search', 'create', 'read', 'update', 'replace', 'delete'] as const;

const ifMatch = { name: 'If-Match', description: 'The entity tag of the version that the change was made from.' };
const ifNew = { name: 'If-None-Match', description: '`*`: a record whose key is taken is answered 412, not 409.' };
const ifNoneMatch = { name: 'If-None-Match', description: 'An entity tag; answers 304 while it is current.' };

/** Everything that varies between the operations of a resource. */
interface OperationForm {
  readonly verb: PlannedRoute['method'];
  readonly onRecord: boolean;
  readonly summary: string;
  /** What is said of it besides what the resource says. */
  readonly description?: string;
  readonly parameters?: readonly ParameterDefinition[];
  readonly body?: {
    readonly kinds: readonly BodyKind[];
    readonly schema?: JsonSchema;
    readonly required: boolean;
    readonly parameters?: boolean;
  };
  readonly status: number;
  readonly response: JsonSchema | undefined;
  /** Schemas of its other representations, by media type. */
  readonly alternatives?: Readonly<Record<string, JsonSchema>>;
  readonly requestHeaders?: PlannedRoute['requestHeaders'];
  readonly run: (call: RouteCall) => Promise<Outcome>;
}

/** The routes of a resource. @throws ConfigurationError for an operation without a scope, or two at one address */
export function routesOf(plan: ResourcePlan, api: ApiContext): readonly PlannedRoute[] {
  const { operations, methods = {} } = plan.descriptor;
  const routes: PlannedRoute[] = [];
  for (const name of operationNames) {
    const declared = operations[name];
    if (declared === undefined || declared === false) continue;
    const options = optionsOf(plan, name);
    routes.push(operationRoute(plan, name, options, formOf(plan, name, options, api)));
    if (name === 'replace' && (options as ReplaceOptions).addressedBy !== undefined) {
      const form = formOf(plan, name, options, api);
      const summary = `${form.summary}, addressed by its body`;
      const route = operationRoute(plan, name, options, { ...form, onRecord: false, summary });
      routes.push({ ...route, name: `${plan.name}.replaceByBody` });
    }
  }
  for (const [name, definition] of Object.entries(methods)) routes.push(methodRoute(plan, name, definition, api));
  return routes;
}

/** What a resource says of an operation. */
export function optionsOf({ descriptor }: ResourcePlan, name: OperationName): OperationOptions {
  const declared = descriptor.operations[name];
  return typeof declared === 'object' ? declared : {};
}

function formOf(plan: ResourcePlan, name: OperationName, options: OperationOptions, api: ApiContext): OperationForm {
  const { envelope, dialect, strictness } = api;
  const selection = dialect.readParameters(plan);
  const shown = shownSchema(plan, options, api);
  const addressing = plan.descriptor.addressing?.parameters ?? [];
  const input = (creating: boolean, partial: boolean): JsonSchema => ({
    title: `${plan.type}${creating ? 'Create' : partial ? 'Patch' : 'Replace'}`,
    ...inputSchema(plan.members, { creating, partial, unknown: strictness.unknownProperties }),
  });
  const writing = { requestHeaders: [ifMatch], parameters: [...addressing, ...selection] };
  switch (name) {
    case 'search':
      return {
        verb: 'GET',
        onRecord: false,
        summary: `Search ${plan.type} records`,
        parameters: dialect.searchParameters(plan),
        ...(dialect.searchBody === undefined
          ? {}
          : { body: { kinds: dialect.searchBody, required: false, parameters: true } }),
        status: 200,
        response: envelope.schemas.page(shown),
        ...streamed(plan, options, shown),
        run: (call) => search(plan, options, call, api),
      };
    case 'read':
      return {
        verb: 'GET',
        onRecord: true,
        summary: `Read one ${plan.type}`,
        parameters: [...addressing, ...selection],
        status: 200,
        response: envelope.schemas.record(shown),
        requestHeaders: [ifNoneMatch],
        run: (call) => read(plan, options, call, api),
      };
    case 'create':
      return {
        verb: 'POST',
        onRecord: false,
        summary: `Create ${articled(plan.type)}`,
        parameters: selection,
        body: { kinds: ['json'], schema: input(true, false), required: true },
        // Only where callers give the key.
        ...(plan.key.order === undefined ? {} : { requestHeaders: [ifNew] }),
        status: envelope.createdStatus ?? 201,
        response: envelope.schemas.record(shown),
        run: (call) => create(plan, options, call, api),
      };
    case 'update':
      return {
        verb: 'PATCH',
        onRecord: true,
        summary: `Change ${articled(plan.type)}`,
        body: { kinds: ['merge-patch'], schema: input(false, true), required: true },
        status: 200,
        response: envelope.schemas.record(shown),
        ...writing,
        run: (call) => update(plan, options, call, api),
      };
    case 'replace':
      return {
        verb: 'PUT',
        onRecord: true,
        summary: `Replace ${articled(plan.type)}`,
        body: {
          kinds: ['json'],
          schema: replaceSchema(plan, options, input(false, false), input(true, false)),
          required: true,
        },
        status: 200,
        response: envelope.schemas.record(shown),
        ...writing,
        run: (call) => replace(plan, options, call, api),
      };
    case 'delete': {
      const { status, schema } = envelope.schemas.deleted(plan.key.schema);
      return {
        verb: 'DELETE',
        onRecord: true,
        summary: `Delete ${articled(plan.type)}`,
        parameters: addressing,
        status,
        response: schema,
        requestHeaders: [ifMatch],
        run: removal(plan, options, api),
      };
    }
  }
}

/** The schema of a record as an operation with those options answers it. */
function shownSchema(plan: ResourcePlan, { nulls }: OperationOptions, { dialect }: ApiContext): JsonSchema {
  const record = plan.recordSchema((nulls ?? plan.representation.nulls) === 'print');
  // A selection of fields may leave any member out.
  return dialect.readParameters(plan).length > 0 || plan.reducible ? { ...record, required: undefined } : record;
}

/** The schemas of records as their resources read them, for what else answers such. */
function recordSchemas(api: ApiContext, place: string): RecordSchemas {
  return (name, options) => {
    const resource = api.resources.get(name);
    if (resource === undefined) throw new ConfigurationError(`${place}.output`, `there is no resource "${name}"`);
    return shownSchema(resource, { ...optionsOf(resource, 'read'), ...options }, api);
  };
}

/** Ways to answer, and what is said of them besides: of one status, both hold. */
function answers(
  own: Readonly<Record<number, ResponseDefinition>>,
  more: Readonly<Record<number, ResponseDefinition>> = {},
): Readonly<Record<number, ResponseDefinition>> {
  const both = Object.entries(more).map(([status, response]) => {
    const known = own[Number(status)];
    const headers = { ...known?.headers, ...response.headers };
    return [status, { ...known, ...response, ...(Object.keys(headers).length === 0 ? {} : { headers }) }];
  });
  return { ...own, ...Object.fromEntries(both) };
}

/** Most milliseconds that a timer takes. */
const LONGEST = 2 ** 31 - 1;

/** How all that a search matches is answered in one. @throws ConfigurationError for a page of no records, or no time */
function streamed(
  { place }: ResourcePlan,
  { stream }: SearchOptions,
  record: JsonSchema,
): Pick<OperationForm, 'alternatives' | 'description'> {
  if (!stream) return {};
  const { page = 1, longestMs = 1, atOnce = 1 } = typeof stream === 'object' ? stream : {};
  for (const [name, value] of Object.entries({ page, longestMs, atOnce })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ConfigurationError(`${place}.operations.search.stream.${name}`, 'a whole number of 1 or more is needed');
  }
  if (longestMs > LONGEST) {
    throw new ConfigurationError(`${place}.operations.search.stream.longestMs`, `at most ${LONGEST} is possible`);
  }
  const description = `With \`Accept: ${ndjson}\`: all records that match, one a line, without parameters of paging.`;
  return { alternatives: { [ndjson]: record }, description };
}

/** How a record is deleted. @throws ConfigurationError for a property that there is none of */
function removal(plan: ResourcePlan, { archive }: DeleteOptions, api: ApiContext): OperationForm['run'] {
  for (const name of Object.keys(archive ?? {})) {
    if (plan.model.properties.has(name)) continue;
    throw new ConfigurationError(`${plan.place}.operations.delete.archive`, `no property "${name}"`);
  }
  return (call) => remove(plan, archive, call, api);
}

/**
 * The body of a replace. Where absent members are kept it is the whole resource as a create takes it, so that a client
 * can send back what it has read: members that only a create can write are accepted and left alone.
 */
function replaceSchema(plan: ResourcePlan, options: ReplaceOptions, own: JsonSchema, whole: JsonSchema): JsonSchema {
  return options.absent === 'keep' || plan.members.some(({ rules }) => rules.write === 'create') ? whole : own;
}

/** `a Partner`, `an Individual`. */
function articled(type: string): string {
  return `${/^[AEIO]/i.test(type) ? 'an' : 'a'} ${type}`;
}

function operationRoute(
  plan: ResourcePlan,
  name: OperationName,
  options: OperationOptions,
  form: OperationForm,
): PlannedRoute {
  const { parameters, body, requestHeaders, response, alternatives } = form;
  const description = [options.description, form.description].filter((text) => text !== undefined).join('\n\n');
  const headers = responseHeaders(plan, name);
  const described: ResponseDefinition = {
    description: form.summary,
    ...(response === undefined ? {} : { schema: response }),
    ...(alternatives === undefined ? {} : { alternatives }),
    ...(headers === undefined ? {} : { headers }),
  };
  const { reach }: DeleteOptions = name === 'delete' ? options : {};
  const unchanged: ResponseDefinition = { description: 'The caller has it already.', ...(headers && { headers }) };
  return {
    method: form.verb,
    path: form.onRecord ? `${plan.path}/{key}` : plan.path,
    name: `${plan.name}.${name}`,
    ...plan.scopeOf(name, 'operation', options.scope, `${plan.place}.operations.${name}`),
    summary: options.summary ?? form.summary,
    ...(description === '' ? {} : { description }),
    tags: plan.descriptor.tags ?? [plan.type],
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { body }),
    ...(alternatives === undefined ? {} : { offers: Object.keys(alternatives) }),
    ...(requestHeaders === undefined || (plan.version === undefined && name !== 'create') ? {} : { requestHeaders }),
    responses: answers(
      {
        [form.status]: described,
        ...(name === 'read' && plan.version !== undefined ? { 304: unchanged } : {}),
        ...(alternatives === undefined ? {} : { 429: { description: 'The caller has as many streams as it may.' } }),
      },
      options.responses,
    ),
    ...(form.onRecord ? { pathParameters: { key: plan.key.schema } } : {}),
    ...(reach === undefined ? {} : { reach, hidden: true }),
    subject: { resource: plan, operation: name, name, options },
    handle: form.run,
  };
}

/** The headers of an operation's success. */
function responseHeaders(plan: ResourcePlan, name: OperationName): ResponseDefinition['headers'] {
  if (name === 'search' || name === 'delete') return undefined;
  // Who may not see the version is told none.
  const shown = { schema: { type: 'string' }, required: plan.descriptor.versionShownIn === undefined };
  const etag =
    plan.version === undefined ? {} : { ETag: { description: 'Names the version that is shown.', ...shown } };
  const { read } = plan.descriptor.operations;
  if (name !== 'create' || read === undefined) return etag;
  // A record may be without an external identifier; then it has no address.
  const required = plan.key.unique && plan.descriptor.key.kind !== 'external';
  const schema = { type: 'string', format: 'uri-reference' };
  return { ...etag, Location: { description: 'Address of the new record.', schema, required } };
}

function methodRoute(plan: ResourcePlan, name: string, definition: MethodDefinition, api: ApiContext): PlannedRoute {
  const place = `${plan.place}.methods.${name}`;
  const { verb = 'POST', path = name, on, input, inputOptional = false, status = 200, parameters = [] } = definition;
  if (verb === 'GET' && input !== undefined) throw new ConfigurationError(place, 'a GET method has no body');
  const addressing = on === 'record' ? (plan.descriptor.addressing?.parameters ?? []) : [];
  const output =
    typeof definition.output === 'function' ? definition.output(recordSchemas(api, place)) : definition.output;
  // A method that declares no output answers nothing, unless the envelope wraps even that.
  const wrapped = status === 204 ? {} : api.envelope.schemas.result(output ?? {});
  const answered = output === undefined && Object.keys(wrapped).length === 0 ? undefined : wrapped;
  return {
    method: verb,
    path: `${plan.path}${on === 'record' ? '/{key}' : ''}/${path}`,
    name: `${plan.name}.${name}`,
    ...plan.scopeOf(name, 'method', definition.scope, place),
    summary: definition.summary ?? `${name} of ${plan.type}`,
    ...(definition.description === undefined ? {} : { description: definition.description }),
    tags: plan.descriptor.tags ?? [plan.type],
    parameters: [...addressing, ...parameters],
    // A body of a DELETE means nothing (RFC 9110 section 9.3.5) unless its method says what it is.
    ...(verb === 'GET' || (verb === 'DELETE' && input === undefined)
      ? {}
      : {
          body: {
            kinds: verb === 'PATCH' ? (['merge-patch'] as const) : (['json'] as const),
            required: input !== undefined && !inputOptional,
            ...(input === undefined ? {} : { schema: input }),
          },
        }),
    responses: answers(
      {
        [status]: {
          description: definition.summary ?? name,
          ...(answered === undefined ? {} : { schema: answered }),
        },
      },
      definition.responses,
    ),
    pathParameters: { ...(on === 'record' ? { key: plan.key.schema } : {}), ...definition.pathParameters },
    subject: { resource: plan, operation: 'method', name, options: definition, method: definition },
    handle: (call) => runMethod(plan, definition, call, api),
  };
}
