import { SallyportError } from '../errors/index.ts';
import type { ReadBody } from '../http/body.ts';
import { formatEntityTag, isNotModified, parseTarget, settleParameters } from '../http/index.ts';
import type { NestedUnit, Unit } from '../store/store.ts';
import { proceed } from '../store/units.ts';
import { authorise } from './authenticate.ts';
import type { CallContext, RequestHead } from './call.ts';
import { type CompiledRoute, checkBody } from './compiled-route.ts';
import { asSallyportError, reworded } from './error-wording.ts';
import { loggable } from './loggable.ts';
import { elapsed } from './respond.ts';
import { stateFrom } from './rights.ts';
import type { RoadOptions } from './road.ts';
import type { InnerAnswer, InnerCall, InnerRequest, Outcome, RouteCall } from './route.ts';
import type { RunningCall } from './running-call.ts';

/** What calls inside others need of the road beside its options. */
export interface InnerStages {
  readonly admit: readonly ((call: CallContext) => void | Promise<void>)[];
  /** Tells hooks what was decoded, and lets the policies of all resources look up what they need. */
  readonly prepare: (call: RouteCall) => Promise<void>;
}

/** What is told of a call inside another, once it has been performed. */
export interface InnerTelling {
  readonly status: number;
  readonly error: string | undefined;
  readonly milliseconds: number;
}

interface Found {
  readonly head: RequestHead;
  readonly compiled: CompiledRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly template: string;
}

const noBody: ReadBody = Object.freeze({ kind: 'none' });

/** Lets calls inside a call in; see {@link InnerCall}. */
export function innerCalls(options: RoadOptions, stages: InnerStages) {
  return async (outer: RunningCall, request: InnerRequest, number: number): Promise<RoadInnerCall> => {
    const inner = new RoadInnerCall(options, stages, outer, number, request.method);
    await inner.admit(request);
    return inner;
  };
}

/**
 * A call inside another. It takes the road that all calls take, from the route to the words of its errors; what is settled
 * of the outer call is settled of it: who calls, from where, when.
 */
export class RoadInnerCall implements InnerCall {
  /** Which of the outer call's it is, from 1. */
  readonly number: number;
  readonly method: string;
  readonly #options: RoadOptions;
  readonly #stages: InnerStages;
  readonly #outer: RunningCall;
  readonly #state = new Map<symbol, unknown>();
  #found: Found | undefined;
  #refused: { readonly error: unknown; readonly call: RunningCall | undefined } | undefined;
  #told: InnerTelling | undefined;
  #performed: RunningCall | undefined;
  #committed = false;

  constructor(options: RoadOptions, stages: InnerStages, outer: RunningCall, number: number, method: string) {
    this.#options = options;
    this.#stages = stages;
    this.#outer = outer;
    this.number = number;
    this.method = method;
  }

  get route(): string | undefined {
    return this.#found?.compiled.route.name;
  }

  get template(): string | undefined {
    return this.#found?.template;
  }

  get told(): InnerTelling | undefined {
    return this.#told;
  }

  /** The call as it was performed last; absent where it was refused before there was any. */
  get performed(): RunningCall | undefined {
    return this.#performed;
  }

  /** Whether it succeeded to no effect, because the outer call undid it. */
  get undone(): boolean {
    return this.#told !== undefined && this.#told.status < 400 && !this.#committed;
  }

  /** Finds its route and asks whoever admits calls: once, however often it is performed. */
  async admit(request: InnerRequest): Promise<void> {
    let call: RunningCall | undefined;
    try {
      this.#found = this.#find(request);
      call = this.#call(this.#found, undefined);
      for (const hook of this.#stages.admit) await hook(call);
    } catch (error) {
      this.#refused = { error, call };
    }
  }

  async perform(body: unknown, within: Unit): Promise<InnerAnswer> {
    const started = performance.now();
    proceed(this.#outer);
    this.#told = undefined;
    this.#committed = false;
    let call = this.#refused?.call;
    let answer: InnerAnswer;
    try {
      if (this.#refused !== undefined) throw this.#refused.error;
      answer = await within.nest(async (unit) => {
        // A route that was not found has been refused.
        const found = this.#found as Found;
        call = this.#call(found, unit);
        return answerOf(await this.#run(call, found, body), found.head);
      });
      within.afterCommit(() => {
        this.#committed = true;
      });
    } catch (thrown) {
      // Neither an answer to it nor to those before: all of the transaction is over.
      if (within.lost) throw thrown;
      answer = this.#refusal(thrown, call);
    }
    this.#performed = call;
    this.#told = { status: answer.status, error: answer.error?.code, milliseconds: elapsed(started) };
    return answer;
  }

  #find({ method, target, headers = {} }: InnerRequest): Found {
    const { innerRouter, limits } = this.#options;
    const { path, query, rawQuery } = parseTarget(target, { method, maxLength: limits.target });
    const { clientAddress, secure, headers: sent } = this.#outer.head;
    const own: Record<string, string> = Object.create(null);
    // Nothing else: no credentials, no addresses, no lengths.
    for (const name of ['if-match', 'if-none-match'] as const) {
      const value = headers[name];
      if (value !== undefined) own[name] = value;
    }
    if (sent['accept-language'] !== undefined) own['accept-language'] = sent['accept-language'];
    const match = innerRouter.match(method, path);
    if (match.kind === 'method') throw new SallyportError('method_not_allowed');
    if (match.kind !== 'found') {
      throw new SallyportError('not_found', { detail: 'There is nothing at this address.', facts: { route: true } });
    }
    const head: RequestHead = { method, path, query, rawQuery, headers: own, clientAddress, secure };
    return { head, compiled: match.value, params: match.params, template: match.template };
  }

  #call({ head, compiled, params }: Found, within: NestedUnit | undefined): RunningCall {
    const state = within === undefined ? this.#state : stateFrom(this.#state);
    return this.#outer.below({ head, compiled, params, within, state, part: this.number });
  }

  async #run(call: RunningCall, { compiled, head }: Found, sent: unknown): Promise<Outcome> {
    const { strategies, api } = this.#options;
    const { strictness } = api;
    const { route, requirement } = compiled;
    if (!strictness.schemaBeforeScope) authorise(call.principal, requirement, strategies);
    const pairs = settleParameters(head.query, strictness.repeatedParameters, compiled.lists);
    call.query = pairs;
    call.parameters = compiled.readParameters(pairs);
    call.body = bodyOf(compiled, sent);
    checkBody(compiled, call.body);
    if (strictness.schemaBeforeScope) authorise(call.principal, requirement, strategies);
    await this.#stages.prepare(call);
    return route.handle(call);
  }

  #refusal(thrown: unknown, call: RunningCall | undefined): InnerAnswer {
    const { api, errors, log } = this.#options;
    const original = asSallyportError(thrown);
    const error = reworded(original, call, [this.#found?.compiled.wordings, errors]);
    const { id } = this.#outer;
    if (Math.max(error.status, original.status) >= 500) {
      log.error({ err: loggable(original.cause ?? original), request: id, route: this.route }, error.code);
    }
    const { status, body } = api.envelope.error(error, { id, head: this.#found?.head, call });
    return { status, headers: error.headers, value: body, error };
  }
}

/** The body as the operation takes it; the outer call's body has brought it within the limits of JSON. */
function bodyOf({ kinds, respell, route }: CompiledRoute, sent: unknown): ReadBody {
  if (!kinds.includes('json') && !kinds.includes('merge-patch')) return noBody;
  if (sent === undefined || sent === null) {
    if (route.body?.required !== true) return noBody;
    throw new SallyportError('malformed_body', { detail: 'The body is empty.' });
  }
  if (typeof sent !== 'object' || (!kinds.includes('json') && Array.isArray(sent))) {
    throw new SallyportError('malformed_body', { detail: 'The body must be an object or a list.' });
  }
  return { kind: 'json', value: respell === undefined ? sent : respell(sent) };
}

/** An outcome as its own response would tell it, before it is turned to text. */
function answerOf(outcome: Outcome, head: RequestHead): InnerAnswer {
  if (outcome.kind === 'raw') {
    throw new SallyportError('not_acceptable', { detail: 'This is not answered inside another call.' });
  }
  const { status, value, etag } = outcome;
  const headers = etag === undefined ? outcome.headers : { ...outcome.headers, etag: formatEntityTag(etag) };
  if (etag !== undefined && head.method === 'GET' && status === 200 && isNotModified(head.headers, { etag })) {
    return { status: 304, headers: headers ?? {}, value: undefined };
  }
  return { status, headers: headers ?? {}, value: status === 204 ? undefined : value };
}
