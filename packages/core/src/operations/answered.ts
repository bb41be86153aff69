import type { ResourcePlan } from '../plan/resource-plan.ts';
import { fieldMask } from '../query/field-selection.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { CallContext } from '../road/call.ts';
import type { RepresentationRequest } from '../road/query-dialect.ts';
import type { Reader } from '../store/store.ts';
import { type ListOptions, Records, type RepresentedRecord } from './records.ts';

/**
 * The address of a record, percent-encoded; the bar of external identifiers may stand as it is (RFC 3986 readers cope).
 * Undefined for one without a key, and where nothing is read by it.
 */
export function addressOf(
  plan: ResourcePlan,
  { key, value }: RepresentedRecord,
  { basePath }: ApiContext,
): string | undefined {
  const { operations, addressing } = plan.descriptor;
  if (key === undefined || !operations.read) return undefined;
  return `${basePath}${plan.path}/${encodeURIComponent(key)}${addressing?.location?.(value) ?? ''}`;
}

/** A record as a write answers it: as a read would, and of one that may not be read which it is, and its version. */
export function answered(
  plan: ResourcePlan,
  primaryKey: unknown,
  options: Pick<ListOptions, 'nulls' | 'representation'>,
  call: CallContext,
  reader: Reader,
  api: ApiContext,
): Promise<RepresentedRecord> {
  const representation = plan.shownTo(call) ? options.representation : withoutReading(plan);
  return new Records(plan, call, reader, api, 'write').represent(primaryKey, {
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    ...(representation === undefined ? {} : { representation }),
  });
}

/** What a write answers to who may not read: which record it is, and its version. Reading is a right of its own. */
function withoutReading({ keyName, descriptor: { versionShownIn } }: ResourcePlan): RepresentationRequest {
  return { fields: fieldMask([keyName, versionShownIn].filter((name) => name !== undefined)), expand: [] };
}
