import type { OperationOptions, ReplaceOptions } from '../descriptor/operations.ts';
import { SallyportError } from '../errors/index.ts';
import { evaluatePreconditions, parseEntityTags } from '../http/index.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { Outcome, RouteCall } from '../road/route.ts';
import type { Unit } from '../store/store.ts';
import { addressed } from './addressed.ts';
import { addressOf, answered } from './answered.ts';
import { refuseChangesOfCreateOnly } from './create-only.ts';
import { inFields } from './named-faults.ts';
import { Records, type RepresentedRecord } from './records.ts';
import { admitted, withheldFrom } from './withheld.ts';
import { archiveRecord, type Body, changeRecord, createRecord, deleteRecord, lockRecord } from './write.ts';

/** The body of a call whose schema says that it is an object. */
export function bodyOf(call: RouteCall): Body {
  return call.body.kind === 'json' ? (call.body.value as Body) : {};
}

/** One transaction; what the database has against it is told in terms of the body. */
async function inUnit<T>(
  plan: ResourcePlan,
  call: RouteCall,
  api: ApiContext,
  work: (unit: Unit) => Promise<T>,
): Promise<T> {
  try {
    return await call.unit(async (unit) => {
      const made = await work(unit);
      await api.beforeCommit(unit, call);
      return made;
    });
  } catch (error) {
    throw inFields(error, plan);
  }
}

/** What a write answers, as far as the call asks for it. */
function represented(
  plan: ResourcePlan,
  primaryKey: unknown,
  { nulls }: OperationOptions,
  call: RouteCall,
  unit: Unit,
  api: ApiContext,
): Promise<RepresentedRecord> {
  const representation = plan.shownTo(call) ? api.dialect.representation(call, plan) : undefined;
  return answered(
    plan,
    primaryKey,
    { ...(nulls === undefined ? {} : { nulls }), ...(representation === undefined ? {} : { representation }) },
    call,
    unit,
    api,
  );
}

function outcomeOf(status: number, { value, etag }: RepresentedRecord, call: RouteCall, api: ApiContext): Outcome {
  return {
    kind: 'value',
    status,
    value: api.envelope.record(value, call),
    ...(etag === undefined ? {} : { etag }),
  };
}

/**
 * What a create says whose key is taken: with `If-None-Match: *` the caller has asked for that very case (RFC 9110
 * section 13.1.2), which only the database can tell when several create at once.
 */
function unlessThere(error: unknown, plan: ResourcePlan): unknown {
  if (!(error instanceof SallyportError) || error.code !== 'duplicate') return error;
  const { entity, properties } = error.facts;
  const { order } = plan.key;
  if (order === undefined || entity !== plan.model.name || !Array.isArray(properties)) return error;
  if (properties.length !== 1 || properties[0] !== order.name) return error;
  const detail = 'There is a record of this key already.';
  return new SallyportError('precondition_failed', { resource: plan.name, detail, cause: error });
}

/** Makes a record and answers it. */
export async function create(
  plan: ResourcePlan,
  options: OperationOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const ifNoneMatch = call.head.headers['if-none-match'];
  const onlyNew = ifNoneMatch !== undefined && parseEntityTags('if-none-match', ifNoneMatch) === '*';
  const record = await inUnit(plan, call, api, async (unit) => {
    const sent = bodyOf(call);
    const withheld = await withheldFrom(plan, undefined, sent, unit, call, api);
    const primaryKey = await createRecord(plan, admitted(sent, withheld, 'create', plan, api), unit, call);
    return represented(plan, primaryKey, options, call, unit, api);
  }).catch((error: unknown) => {
    throw onlyNew ? unlessThere(error, plan) : error;
  });
  const status = api.envelope.createdStatus ?? 201;
  const outcome = outcomeOf(status, record, call, api);
  const location = addressOf(plan, record, api);
  return location === undefined ? outcome : { ...outcome, headers: { location } };
}

/** Finds the record of a call inside the transaction, locks it, and holds it against the call's preconditions. */
async function claim(plan: ResourcePlan, key: string, call: RouteCall, unit: Unit, api: ApiContext): Promise<unknown> {
  const records = new Records(plan, call, unit, api, 'write');
  const narrowed = await addressed(plan, call, api, { reader: unit, key });
  const primaryKey = await records.locateWhere(narrowed);
  const { headers } = call.head;
  if (headers['if-match'] === undefined && api.strictness.requireIfMatch && plan.version !== undefined) {
    throw new SallyportError('precondition_required', { resource: plan.name, detail: 'Send If-Match.' });
  }
  if (headers['if-match'] !== undefined || headers['if-none-match'] !== undefined) {
    await lockRecord(plan, primaryKey, unit);
    const version = await records.version(primaryKey);
    // A change concerns the whole record, so the part of the tag that tells representations apart does not matter.
    const lenient = api.strictness.lenientIfMatch;
    const current = version === undefined ? {} : { etag: sameVariant(headers['if-match'], version, lenient) };
    if (evaluatePreconditions({ method: call.head.method, headers, current, lenient }) === 'failed') {
      throw new SallyportError('precondition_failed', {
        resource: plan.name,
        detail: 'The record has been changed by somebody else in between.',
      });
    }
  }
  return primaryKey;
}

/** The tag of the current version as the caller holds it: with the variant that it was read as, if it was. */
function sameVariant(ifMatch: string | undefined, version: string, lenient: boolean): string {
  const tags = ifMatch === undefined ? [] : parseEntityTags('if-match', ifMatch, { lenient });
  if (tags === '*') return version;
  return tags.find(({ weak, value }) => !weak && value.startsWith(`${version}-`))?.value ?? version;
}

/** Changes a record by merge patch (RFC 7396). */
export async function update(
  plan: ResourcePlan,
  options: OperationOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const record = await inUnit(plan, call, api, async (unit) => {
    const primaryKey = await claim(plan, call.params.key ?? '', call, unit, api);
    const sent = bodyOf(call);
    const withheld = await withheldFrom(plan, primaryKey, sent, unit, call, api);
    const body = admitted(sent, withheld, 'update', plan, api);
    await refuseChangesOfCreateOnly(plan, primaryKey, body, 'update', unit, call, api);
    await changeRecord(plan, primaryKey, body, { name: 'update', mode: 'merge', withheld }, unit, call);
    return represented(plan, primaryKey, options, call, unit, api);
  });
  return outcomeOf(200, record, call, api);
}

/** The members of a body that are there. */
function withoutNulls(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

/** Replaces a record, addressed by its key or by its body. */
export async function replace(
  plan: ResourcePlan,
  options: ReplaceOptions,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const sent = bodyOf(call);
  const body = options.absent === 'keep' ? withoutNulls(sent) : sent;
  const key = call.params.key ?? options.addressedBy?.(body as never, call) ?? '';
  const mode = options.absent === 'keep' ? 'merge' : 'set';
  const record = await inUnit(plan, call, api, async (unit) => {
    const primaryKey = await claim(plan, key, call, unit, api);
    const withheld = await withheldFrom(plan, primaryKey, body, unit, call, api);
    const own = admitted(body, withheld, 'replace', plan, api);
    await refuseChangesOfCreateOnly(plan, primaryKey, own, 'replace', unit, call, api);
    await changeRecord(plan, primaryKey, own, { name: 'replace', mode, withheld }, unit, call);
    return represented(plan, primaryKey, options, call, unit, api);
  });
  return outcomeOf(200, record, call, api);
}

/** Deletes a record, or archives it where that is said. */
export async function remove(
  plan: ResourcePlan,
  archive: Body | undefined,
  call: RouteCall,
  api: ApiContext,
): Promise<Outcome> {
  const key = call.params.key ?? '';
  await inUnit(plan, call, api, async (unit) => {
    const primaryKey = await claim(plan, key, call, unit, api);
    await (archive === undefined
      ? deleteRecord(plan, primaryKey, unit, call)
      : archiveRecord(plan, primaryKey, archive, unit, call));
  });
  const { status, value } = api.envelope.deleted(key, call);
  return { kind: 'value', status, value };
}
