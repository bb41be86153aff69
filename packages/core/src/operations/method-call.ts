import type { AnsweredRecord, MethodRun, OperationOptions } from '../descriptor/operations.ts';
import type { ReadBody } from '../http/body.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { resourceNamed } from '../plan/resources.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import { CallFacts } from '../road/call-facts.ts';
import type { EachRequest, InnerCall, InnerRequest, RouteCall } from '../road/route.ts';
import type { Logger } from '../services/index.ts';
import type { Reader, Unit } from '../store/store.ts';
import { addressOf, answered } from './answered.ts';
import type { EachRead } from './read-each.ts';
import type { Records } from './records.ts';
import type { Body } from './write.ts';

/** A call whose records are read through another reader: a transaction. */
export class CallThrough extends CallFacts implements RouteCall {
  readonly query: RouteCall['query'];
  readonly parameters: RouteCall['parameters'];
  readonly body: ReadBody;
  readonly reader: Reader;
  readonly #call: RouteCall;
  readonly #api: ApiContext;

  // Functions of the call's own, so that methods may take them out of it: `run({ records }) { … }`.
  readonly records = (resource: string): Records => this.#api.records(resource, this.#call, this.reader);
  readonly search: RouteCall['search'] = (resource, options = {}) => this.#api.search(resource, this, options);
  readonly unit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => this.#call.unit(work);

  constructor(call: RouteCall, api: ApiContext, reader: Reader) {
    super(call);
    this.query = call.query;
    this.parameters = call.parameters;
    this.body = call.body;
    this.reader = reader;
    this.#call = call;
    this.#api = api;
  }

  get outer(): CallContext | undefined {
    return this.#call.outer;
  }

  get part(): number | undefined {
    return this.#call.part;
  }

  inside(request: InnerRequest): Promise<InnerCall> {
    return this.#call.inside(request);
  }

  readEach(request: EachRequest): Promise<readonly EachRead[]> {
    return this.#call.readEach(request);
  }

  get log(): Logger {
    return this.#call.log;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get departed(): boolean {
    return this.#call.departed;
  }
}

/** What a method is given: the call inside its transaction, its record and its body. */
export class MethodCall extends CallThrough implements MethodRun {
  readonly plan: ResourcePlan;
  readonly primaryKey: unknown;
  readonly input: unknown;
  readonly create: MethodRun['create'];
  readonly answer: MethodRun['answer'];
  readonly #unit: Unit | undefined;

  constructor(call: RouteCall, api: ApiContext, plan: ResourcePlan, unit: Unit | undefined, primaryKey: unknown) {
    super(call, api, unit ?? call.reader);
    this.plan = plan;
    this.primaryKey = primaryKey;
    this.input = call.body.kind === 'json' ? call.body.value : undefined;
    this.#unit = unit;
    this.create = (resource, body: Body) => api.create(resource, body, this.inUnit, this);
    this.answer = async (resource, key, options: Pick<OperationOptions, 'nulls'> = {}): Promise<AnsweredRecord> => {
      const target = resourceNamed(api.resources, resource);
      const record = await answered(target, key, options, this, this.reader, api);
      return { ...record, address: addressOf(target, record, api) };
    };
  }

  get inUnit(): Unit {
    if (this.#unit === undefined) throw new Error('a GET method runs outside a transaction');
    return this.#unit;
  }
}
