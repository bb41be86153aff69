import { SallyportError } from '../errors/index.ts';
import type { ReadBody } from '../http/body.ts';
import type { RawRequest } from '../http/index.ts';
import type { EachRead } from '../operations/read-each.ts';
import type { Records } from '../operations/records.ts';
import type { Logger, Services } from '../services/index.ts';
import type { NestedUnit, Reader, Unit } from '../store/store.ts';
import type { ApiContext } from './api-context.ts';
import type { RequestHead } from './call.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { RoadInnerCall } from './inner-calls.ts';
import type { Principal } from './principal.ts';
import { ReceivedCall } from './received-call.ts';
import type { EachRequest, InnerRequest, RouteCall } from './route.ts';

/** What a call is made of. */
export interface CallParts {
  readonly id: string;
  readonly head: RequestHead;
  readonly api: ApiContext;
  readonly compiled: CompiledRoute;
  readonly principal: Principal;
  readonly now: Date;
  readonly services: Services;
  readonly params: Readonly<Record<string, string>>;
  readonly raw: RawRequest;
  /** The API's log, of which the call's own is a child. */
  readonly log: Logger;
  /** Lets calls inside it in. */
  readonly admit: (outer: RunningCall, request: InnerRequest, number: number) => Promise<RoadInnerCall>;
  /** Reads records by their keys for a call: see {@link RouteCall.readEach}. */
  readonly readEach: (outer: RunningCall, request: EachRequest) => Promise<readonly EachRead[]>;
  /** Of a call inside another: the other, the unit that it is performed in, and what was kept of it before. */
  readonly outer?: RunningCall;
  readonly part?: number;
  readonly within?: NestedUnit | undefined;
  readonly state?: Map<symbol, unknown>;
}

/** What a call inside another has of its own. */
type InnerParts = Required<Pick<CallParts, 'head' | 'compiled' | 'params' | 'state' | 'within'>> &
  Pick<CallParts, 'part'>;

const noBody: ReadBody = Object.freeze({ kind: 'none' });
const noParameters: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null));

/** A call on the road, on its way to its operation. */
export class RunningCall extends ReceivedCall implements RouteCall {
  readonly reader: Reader;
  query: RouteCall['query'];
  parameters: RouteCall['parameters'] = noParameters;
  body: ReadBody = noBody;
  /** The calls inside this one, in the order in which they were let in. */
  inner: RoadInnerCall[] | undefined;
  readonly #parts: CallParts;
  #hasWritten = false;
  #letIn = 0;

  // Functions of the call's own, so that methods may take them out of it: `run({ records }) { … }`.
  readonly records = (resource: string): Records => this.#parts.api.records(resource, this, this.reader);
  readonly search: RouteCall['search'] = (resource, options = {}) => this.#parts.api.search(resource, this, options);
  readonly unit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => {
    const { within, api } = this.#parts;
    if (within === undefined) return api.store.unit(work);
    // Before its first unit a call has done nothing that could be undone with it.
    const first = !this.#hasWritten;
    this.#hasWritten = true;
    return first ? within.only(work) : within.nest(work);
  };

  constructor(parts: CallParts) {
    const { id, head, api, compiled, principal, now, services, params, raw, log } = parts;
    const { route } = compiled;
    const facts = {
      id,
      head,
      api: api.name,
      resource: route.subject?.resource.name,
      operation: route.subject?.name ?? route.name,
      principal,
      now,
      services,
      state: parts.state ?? new Map(),
      params,
    };
    super(facts, raw, log, route.name);
    this.reader = parts.within ?? api.store;
    this.query = head.query;
    this.#parts = parts;
  }

  get outer(): RunningCall | undefined {
    return this.#parts.outer;
  }

  get part(): number | undefined {
    return this.#parts.part;
  }

  async inside(request: InnerRequest): Promise<RoadInnerCall> {
    const { admit, outer } = this.#parts;
    if (outer !== undefined) {
      throw new SallyportError('rule_broken', { detail: 'A call inside another holds no calls itself.' });
    }
    this.inner ??= [];
    const { inner } = this;
    this.#letIn += 1;
    const admitted = await admit(this, request, this.#letIn);
    inner.push(admitted);
    return admitted;
  }

  readEach(request: EachRequest): Promise<readonly EachRead[]> {
    return this.#parts.readEach(this, request);
  }

  /** A call inside this one. */
  below(own: InnerParts): RunningCall {
    return new RunningCall({ ...this.#parts, ...own, outer: this });
  }
}
