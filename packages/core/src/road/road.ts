import type { ErrorWordings } from '../descriptor/errors.ts';
import { SallyportError } from '../errors/index.ts';
import type { ReadBody } from '../http/body.ts';
import {
  acceptable,
  announcesBody,
  bodyLeftUnread,
  fieldsOf,
  findClient,
  type HandleOptions,
  type HttpLimits,
  type ProxyTrust,
  parseTarget,
  type RawRequest,
  type RawResponse,
  type RequestHandler,
  type Router,
  readBody,
  readHeaders,
  requestIdOf,
  settleParameters,
} from '../http/index.ts';
import type { Plugin } from '../plugin/plugin.ts';
import type { AuthenticationStrategy } from '../plugin/strategy.ts';
import type { Clock, Logger, Services } from '../services/index.ts';
import type { ApiContext } from './api-context.ts';
import { authenticate, authorise } from './authenticate.ts';
import type { CallContext, RequestHead } from './call.ts';
import { type CompiledRoute, checkBody } from './compiled-route.ts';
import { asSallyportError, reworded } from './error-wording.ts';
import { innerCalls } from './inner-calls.ts';
import { innerReads } from './inner-reads.ts';
import { loggable } from './loggable.ts';
import { anonymous, type Principal } from './principal.ts';
import { type Progress, setOut } from './progress.ts';
import { ReceivedCall } from './received-call.ts';
import { HeardRequest } from './received-request.ts';
import { recheckOf } from './recheck.ts';
import { dress, elapsed, ResponseDraft, writeOutcome } from './respond.ts';
import type { AccessLogEntry, RouteCall } from './route.ts';
import { RunningCall } from './running-call.ts';
import { type Ending, errorOf, followed, isStream, letGo } from './streamed.ts';

/** What the road of one API is made of. */
export interface RoadOptions {
  readonly api: ApiContext;
  readonly router: Router<CompiledRoute>;
  /** The routes that calls inside others reach. */
  readonly innerRouter: Router<CompiledRoute>;
  /** The reads of resources, by their names. */
  readonly reads: ReadonlyMap<string, CompiledRoute>;
  readonly plugins: readonly Plugin[];
  readonly strategies: readonly AuthenticationStrategy[];
  readonly services: Services;
  readonly clock: Clock;
  readonly log: Logger;
  readonly proxies: ProxyTrust;
  readonly limits: HttpLimits;
  /** Headers that every response starts with. */
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: ErrorWordings | undefined;
}

const noBody: ReadBody = Object.freeze({ kind: 'none' });
const neverAborted = new AbortController().signal;
const noParameters: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/**
 * The one road of an API: receive, route, authenticate, admit, authorise, decode, execute, encode, respond, observe.
 * Whatever is thrown on the way becomes a response; the promise never rejects.
 */
export function createRoad(options: RoadOptions): RequestHandler {
  const { api, router, plugins, strategies, services, clock, limits } = options;
  const { basePath, strictness, envelope } = api;
  const onRequest = plugins.flatMap(({ hooks }) => (hooks?.onRequest === undefined ? [] : [hooks.onRequest]));
  const admit = plugins.flatMap(({ hooks }) => (hooks?.admit === undefined ? [] : [hooks.admit]));
  const decoded = plugins.flatMap(({ hooks }) => (hooks?.decoded === undefined ? [] : [hooks.decoded]));
  const onResponse = plugins.flatMap(({ hooks }) => (hooks?.onResponse === undefined ? [] : [hooks.onResponse]));
  const observe = plugins.flatMap(({ hooks }) => (hooks?.observe === undefined ? [] : [hooks.observe]));
  const offered = [...new Set(['application/json', ...Object.keys(envelope.schemas.error)])];
  const policed = [...api.resources.values()].filter(({ descriptor }) =>
    descriptor.policies?.some(({ prepare }) => prepare),
  );
  const prepare = async (call: CallContext) => {
    for (const resource of policed) await resource.prepare(call);
  };
  const prepareInner = async (call: RouteCall) => {
    for (const hook of decoded) await hook(call);
    await prepare(call);
  };
  const letIn = innerCalls(options, { admit, prepare: prepareInner });
  const readInside = innerReads(options, prepareInner);

  /** The target without scheme, host and base path; `undefined` when it is not below the base path. */
  function below(target: string): string | undefined {
    const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
    if (!origin.startsWith(basePath)) return undefined;
    const rest = origin.slice(basePath.length);
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : undefined;
  }

  let lastOwned: string | undefined;

  function owns(target: string): boolean {
    const rest = below(target);
    if (rest === undefined) return false;
    // Adapters ask before they hand a request over: the answer is still fresh when it comes.
    if (target === lastOwned) return true;
    try {
      const mark = rest.indexOf('?');
      if (router.allowed(mark < 0 ? rest : rest.slice(0, mark)).length === 0) return false;
      lastOwned = target;
      return true;
    } catch {
      // A target that cannot be decoded is ours to refuse when it lies below our path.
      return basePath !== '';
    }
  }

  /** Whether all routes of an address are public: nobody needs credentials to be told which there are. */
  function isOpen(path: string, methods: readonly string[]): boolean {
    return methods.every((method) => {
      const match = router.match(method, path);
      return match.kind === 'found' && match.value.requirement.open;
    });
  }

  async function run(
    raw: RawRequest,
    { unmatched = 'pass' }: HandleOptions,
    progress: Progress,
  ): Promise<RawResponse | undefined> {
    const rest = below(raw.target);
    if (rest === undefined && unmatched === 'pass') return undefined;
    if (unmatched === 'pass' && !owns(raw.target)) return undefined;
    // Hooks dress the refusal of a request that cannot be read, too.
    progress.received = { method: raw.method, path: '', headers: noParameters, allowed: [] };
    const headers = readHeaders(raw.rawHeaders, { maxLength: limits.headers, hostRequired: raw.hostRequired });
    progress.received = { ...progress.received, headers };
    const { address, secure, throughTrustedProxy } = findClient(
      { remoteAddress: raw.remoteAddress, encrypted: raw.encrypted, headers },
      options.proxies,
    );
    progress.id = requestIdOf(headers['x-request-id'], throughTrustedProxy);
    const target = parseTarget(rest ?? raw.target, { method: raw.method, maxLength: limits.target });
    const head: RequestHead = {
      method: raw.method,
      path: target.path,
      query: target.query,
      rawQuery: target.rawQuery,
      headers,
      clientAddress: address,
      secure,
    };
    progress.head = head;
    const match = rest === undefined ? ({ kind: 'none' } as const) : router.match(raw.method, target.path);
    const received = new HeardRequest(raw.method, target.path, headers, () =>
      match.kind === 'method' ? match.allowed : rest === undefined ? [] : router.allowed(target.path),
    );
    progress.received = received;
    for (const hook of onRequest) {
      const answer = hook(received);
      if (answer !== undefined) return dressed(answer, progress);
    }
    if (match.kind !== 'found') {
      if (match.kind === 'redirect') {
        const query = target.rawQuery === '' ? '' : `?${target.rawQuery}`;
        return finish(progress, (draft) => {
          draft.status = 307;
          draft.setHeader('location', `${basePath}${match.path}${query}`);
        });
      }
      if (match.kind === 'method' && raw.method === 'OPTIONS') {
        return finish(progress, (draft) => {
          draft.status = 204;
          draft.setHeader('allow', [...match.allowed, 'OPTIONS'].join(', '));
        });
      }
      const asks = !strictness.routesBeforeCredentials && strategies.length > 0;
      if (asks && !(match.kind === 'method' && isOpen(target.path, match.allowed))) {
        await admitUnrouted(raw, head, progress);
      }
      if (match.kind === 'none')
        throw new SallyportError('not_found', { detail: 'There is nothing at this address.', facts: { route: true } });
      throw new SallyportError('method_not_allowed', { headers: { allow: [...match.allowed, 'OPTIONS'].join(', ') } });
    }
    progress.route = match.value;
    progress.template = match.template;
    return serve(raw, head, match.value, match.params, progress);
  }

  /** Lets a caller who must be known go on to hear that there is nothing. */
  async function admitUnrouted(raw: RawRequest, head: RequestHead, progress: Progress): Promise<void> {
    const now = clock.now();
    const principal = await authenticate(strategies, { head, now, services });
    const facts = { id: progress.id, head, api: api.name, resource: undefined, operation: '' };
    const more = { principal, now, services, state: new Map(), params: noParameters };
    const call = new ReceivedCall({ ...facts, ...more }, raw, options.log);
    progress.unrouted = call;
    for (const hook of admit) await hook(call);
  }

  async function serve(
    raw: RawRequest,
    head: RequestHead,
    compiled: CompiledRoute,
    params: Readonly<Record<string, string>>,
    progress: Progress,
  ): Promise<RawResponse> {
    const { route, requirement } = compiled;
    const now = clock.now();
    let body: ReadBody = noBody;
    const read = async () => {
      if (compiled.kinds.length === 0) return;
      try {
        body = await readBody(raw.body, head.headers, {
          method: raw.method,
          kinds: compiled.kinds,
          required: route.body?.required ?? false,
          limit: route.body?.limit ?? limits.body,
          jsonLimits: route.body?.json ?? limits.json,
          formFields: limits.formFields,
          timeout: limits.bodyTimeout,
          signal: raw.signal ?? neverAborted,
        });
        progress.bodyRead = true;
      } catch (error) {
        if (route.body?.unreadable !== 'handed-over' || !(error instanceof SallyportError)) throw error;
        body = { kind: 'unreadable', error };
      }
    };
    if (strictness.bodyBeforeCredentials) await read();
    const principal: Principal = requirement.open
      ? anonymous
      : await authenticate(strategies, { head, resource: route.subject?.resource.name, now, services });
    const call = new RunningCall({
      id: progress.id,
      head,
      api,
      compiled,
      principal,
      now,
      services,
      params,
      raw,
      log: options.log,
      admit: letIn,
      readEach: readInside,
    });
    progress.call = call;
    for (const hook of admit) await hook(call);
    const types = route.offers === undefined ? offered : [...offered, ...route.offers];
    if (route.envelope !== 'none' && acceptable(head.headers.accept, types) === undefined) {
      throw new SallyportError('not_acceptable', { detail: `Offered are ${types.join(', ')}.` });
    }
    if (!strictness.schemaBeforeScope) authorise(principal, requirement, strategies);
    const inBody = route.body?.parameters === true;
    if (inBody && !strictness.bodyBeforeCredentials) await read();
    const sent = inBody ? [...head.query, ...fieldsOf(body)] : head.query;
    const pairs = settleParameters(sent, strictness.repeatedParameters, compiled.lists);
    call.query = pairs;
    call.parameters = compiled.readParameters(pairs);
    if (!inBody && !strictness.bodyBeforeCredentials) await read();
    if (compiled.respell !== undefined && body.kind === 'json') {
      body = { ...body, value: compiled.respell(body.value) };
    }
    checkBody(compiled, body);
    call.body = body;
    if (strictness.schemaBeforeScope) authorise(principal, requirement, strategies);
    for (const hook of decoded) await hook(call);
    if (route.subject !== undefined) await prepare(call);
    const outcome = await route.handle(call);
    return finish(progress, (draft) => writeOutcome(draft, outcome, head));
  }

  /** Makes the response, dresses it and tells the observers. */
  function finish(progress: Progress, write: (draft: ResponseDraft) => void, error?: SallyportError): RawResponse {
    const draft = new ResponseDraft(200, options.headers);
    draft.setHeader('x-request-id', progress.id);
    write(draft);
    if (!progress.bodyRead && progress.head !== undefined && announcesBody(progress.head.headers)) draft.close = true;
    const { received } = progress;
    if (received !== undefined) dress(draft, onResponse, received, progress.call ?? progress.unrouted);
    const response = draft.finish(progress.head?.method ?? 'GET');
    const { body } = draft;
    if (isStream(body) && response.body === body) {
      const ended = (ending: Ending) => tell(progress, draft.status, errorOf(ending, progress, options.log));
      const check = recheckOf(progress, strategies, clock);
      return { ...response, ...followed(body, { ended, check, longestMs: draft.longestMs }) };
    }
    if (isStream(body)) letGo(body);
    tell(progress, draft.status, error);
    return response;
  }

  /** An answer of a plugin's, with the headers of every other. */
  function dressed(answer: RawResponse, progress: Progress): RawResponse {
    return finish(progress, (draft) => {
      draft.status = answer.status;
      for (const [name, value] of Object.entries(answer.headers)) draft.setHeader(name, String(value));
      draft.body = answer.body;
    });
  }

  function refuse(thrown: unknown, progress: Progress): RawResponse {
    const original = asSallyportError(thrown);
    const error = reworded(original, progress.call, [progress.route?.wordings, options.errors]);
    if (Math.max(error.status, original.status) >= 500) {
      options.log.error(
        { err: loggable(original.cause ?? original), request: progress.id, route: progress.route?.route.name },
        error.code,
      );
    }
    return finish(
      progress,
      (draft) => {
        const rendered = envelope.error(error, { id: progress.id, head: progress.head, call: progress.call });
        draft.status = rendered.status;
        draft.setHeader('content-type', rendered.mediaType);
        for (const [name, value] of Object.entries(error.headers)) draft.setHeader(name, value);
        draft.body = JSON.stringify(rendered.body);
        if (bodyLeftUnread(thrown)) draft.close = true;
      },
      error,
    );
  }

  function tell(progress: Progress, status: number, error: SallyportError | undefined): void {
    const { call, route, head, id } = progress;
    const known = call ?? progress.unrouted;
    const principal: CallContext['principal'] | undefined = known?.principal;
    const caller = principal === undefined || !('id' in principal) ? undefined : principal.id;
    const name = route?.route.name;
    report(progress, call, {
      id,
      api: api.name,
      route: name,
      method: head?.method ?? '',
      template: progress.template,
      status,
      error: error?.code,
      milliseconds: elapsed(progress.started),
      principal: caller,
    });
    for (const inner of call?.inner ?? []) {
      const { told, route: innerRoute, method, template, number, undone, performed } = inner;
      if (told === undefined) continue;
      const inside = { route: name ?? '', number, undone };
      const entry = { id, api: api.name, route: innerRoute, method, template, ...told, principal: caller, inside };
      report(progress, performed, entry);
    }
  }

  /** Tells the log and the observers of a call. */
  function report(
    { call: outer, unrouted, head, route }: Progress,
    call: RunningCall | undefined,
    entry: AccessLogEntry,
  ): void {
    options.log.info(entry, 'call');
    if (observe.length === 0) return;
    const observed = {
      clientAddress: head?.clientAddress,
      open: route?.requirement.open === true,
      principal: (outer ?? unrouted)?.principal,
      at: clock.now(),
      call,
    };
    for (const hook of observe) {
      try {
        hook(entry, observed);
      } catch (error) {
        // What the call has done is done: its answer does not change with what is told of it.
        options.log.error({ err: loggable(error), request: entry.id }, 'an observer failed');
      }
    }
  }

  return {
    owns,
    async handle(raw, handling = {}) {
      const progress = setOut();
      try {
        return await run(raw, handling, progress);
      } catch (thrown) {
        progress.id ||= requestIdOf(undefined, false);
        try {
          return refuse(thrown, progress);
        } catch (unforeseen) {
          options.log.error({ err: loggable(unforeseen), request: progress.id }, 'an error could not be rendered');
          return { status: 500, headers: { ...options.headers, 'content-length': '0' } };
        }
      }
    },
  };
}
