import type { CallContext, Logger, Plan, Reader, ResourcePlan, RouteCall } from '@sallyport/core';
import { type AuditedRoute, type AuditOptions, asking } from './options.ts';
import { type AuditGround, type AuditRecord, type AuditStatus, auditText } from './record.ts';
import { fieldsOf, lastOfEach, type SeenRecord, seenBy, takePart } from './seen.ts';

/** What of a call is told. */
export interface Told {
  readonly call: RouteCall;
  readonly route: AuditedRoute | undefined;
  readonly status: AuditStatus;
  readonly error?: string | undefined;
  /** Only what was read through this one was answered: an earlier attempt of a transaction was not. */
  readonly through?: Reader | undefined;
}

/** Longest identifier that is kept. */
const longest = 512;

/** What makes audit records of calls. */
export class RecordMaker {
  readonly #options: AuditOptions;
  readonly #log: Logger;
  /** By resource: what keys on the wire look like, where they have a form. */
  readonly #forms: ReadonlyMap<string, RegExp>;

  constructor(options: AuditOptions, plan: Plan, log: Logger) {
    this.#options = options;
    this.#log = log;
    this.#forms = new Map(
      [...plan.resources.values()].flatMap((resource) => {
        const form = formOf(resource);
        return form === undefined ? [] : [[resource.name, form]];
      }),
    );
  }

  /** Whether a call is audited at all. */
  concerns({ resource }: CallContext, route?: AuditedRoute): boolean {
    if (route !== undefined) return true;
    return resource !== undefined && (this.#options.resources?.includes(resource) ?? true);
  }

  /** The records that are told of one by one in a part of a streamed answer. */
  part(call: RouteCall): AuditRecord[] {
    return this.#accounted(takePart(call), this.#common(call, 'success'));
  }

  /** The record of a call, and behind it those of the records that a page of it showed. */
  make(told: Told): AuditRecord[] {
    const { call, route, status, error, through } = told;
    const { operations = {} } = this.#options;
    const { streamed } = seenBy(call);
    const resource = this.#resource(call, route) ?? '';
    const isMany = route !== undefined || call.operation === 'search';
    const all = seenBy(call).records.filter(({ reader }) => through === undefined || reader === through);
    const seen = status !== 'success' ? [] : isMany ? all : lastOfEach(all);
    const own = seen.filter((one) => one.resource === resource);
    const answered = own.length > 0 ? own : seen;
    const common = this.#common(call, status);
    const usual = streamed === undefined ? call.operation : 'stream';
    const operation = operations[usual] ?? (streamed === undefined ? usual : 'export');
    const whole: AuditRecord = {
      kind: 'call',
      ...common,
      ...this.#ground(call, isMany ? undefined : own.at(-1), isMany || status !== 'success'),
      operation: route?.operation ?? operation,
      resource,
      identifier: this.#identifier(told, isMany, own),
      results: status === 'success' ? answered.length + (streamed?.results ?? 0) : undefined,
      fields: [...new Set([...(streamed?.fields ?? []), ...fieldsOf(answered)])],
      error,
    };
    return isMany ? [whole, ...this.#accounted(seen, common)] : [whole];
  }

  #common(call: RouteCall, status: AuditStatus): Common {
    const { address = (whole) => whole } = this.#options;
    const { head, principal } = call;
    return {
      at: call.now,
      api: call.api,
      request: call.id,
      part: call.part,
      caller: 'id' in principal ? principal.id : undefined,
      address: asking(this.#log, () => address(head.clientAddress)),
      userAgent: head.headers['user-agent'],
      parameters: this.#parameters(call),
      status,
    };
  }

  /** Those of some records that are told of one by one. */
  #accounted(seen: readonly SeenRecord[], common: Common): AuditRecord[] {
    const { records: each = 'accounted' } = this.#options;
    if (each === 'none') return [];
    const listed = seen.filter(({ key, ground }) => key !== undefined && (each === 'all' || ground?.authority));
    return listed.map((one) => recordOf(one, common));
  }

  #resource(call: RouteCall, route: AuditedRoute | undefined): string | undefined {
    const told = route?.resource;
    return (typeof told === 'function' ? asking(this.#log, () => told(call)) : told) ?? call.resource;
  }

  /** Authority and purpose belong to records: a call on many has as many, one that failed has seen none. */
  #ground(call: CallContext, record: SeenRecord | undefined, onlyBasis: boolean): AuditGround {
    const ground = record?.ground ?? asking(this.#log, () => this.#options.ground?.(call, undefined));
    return onlyBasis ? { basis: ground?.basis } : { ...ground };
  }

  #identifier({ call, route, status }: Told, isMany: boolean, own: readonly SeenRecord[]): string | undefined {
    if (route !== undefined) return asking(this.#log, () => route.identifier?.(call)) ?? route.operation;
    if (isMany) return call.operation;
    const sent = this.#sent(call, status);
    // A method may show several records; it is about the one that it was addressed to.
    const told = own.length > 1 ? (sent ?? own.at(-1)?.key) : (own[0]?.key ?? sent);
    const known = told ?? asking(this.#log, () => this.#options.identifier?.(call));
    return known === undefined ? undefined : auditText(known, longest);
  }

  /** The key of the address. Where it has named no record it must look like one: people put anything there. */
  #sent({ params: { key }, resource = '' }: RouteCall, status: AuditStatus): string | undefined {
    if (key === undefined || key === '' || key.length > longest) return undefined;
    return status === 'success' || this.#forms.get(resource)?.test(key) ? key : undefined;
  }

  /** Names that are declared; others are the caller's own words. */
  #parameters(call: RouteCall): readonly string[] {
    const sent = call.query.map(([name]) => name).filter((name) => Object.hasOwn(call.parameters, name));
    const more = asking(this.#log, () => this.#options.parameters?.(call)) ?? [];
    return [...new Set([...sent, ...more])];
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What keys of a resource look like: as its key says, or the field that shows it. */
function formOf({ key, members }: ResourcePlan): RegExp | undefined {
  const shown = members.find(({ codec }) => key.order !== undefined && codec.property === key.order);
  for (const { pattern, format, type } of [key.schema, shown?.codec.output ?? {}]) {
    if (typeof pattern === 'string') return new RegExp(pattern, 'u');
    if (format === 'uuid') return uuid;
    if (type === 'integer') return /^-?\d+$/;
  }
  return undefined;
}

type Common = Pick<
  AuditRecord,
  'at' | 'api' | 'request' | 'part' | 'caller' | 'address' | 'userAgent' | 'parameters' | 'status'
>;

const recordOf = ({ resource, key, fields, ground }: SeenRecord, common: Common): AuditRecord => ({
  ...common,
  ...ground,
  kind: 'record',
  operation: 'read',
  resource,
  identifier: key === undefined ? undefined : auditText(key, longest),
  parameters: [],
  results: 1,
  fields,
});
