import { isCalendarDate, type MethodRun, StoreService } from '@sallyport/core';
import { type AuditCount, AuditService, auditCounts } from '@sallyport/plugins/audit';
import { ApiClient, timestampOf } from '../entities/index.ts';
import { fault } from '../errors.ts';
import { consentId, visibleConsent } from './consent-look-up.ts';

const day = 86_400_000;

/** The beginning of a day that was sent. @throws SallyportError [C3] */
function dayOf(call: MethodRun, parameter: 'date_from' | 'date_to'): Date | undefined {
  const text = call.parameters[parameter];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !isCalendarDate(text)) throw fault('date_invalid', { parameter });
  return new Date(`${text}T00:00:00Z`);
}

/** Adds counts up under names. */
function summed(
  names: readonly string[],
  counts: readonly AuditCount[],
  nameOf: (count: AuditCount) => string,
): Record<string, number> {
  const sums = new Map(names.map((name) => [name, 0]));
  for (const each of counts) sums.set(nameOf(each), (sums.get(nameOf(each)) ?? 0) + each.count);
  return Object.fromEntries(sums);
}

/** What of a call is no search or export is a read (contract §16.6). */
const actionOf = ({ operation }: AuditCount): string =>
  operation === 'search' || operation === 'export' ? operation : 'read';

/** Names of clients; one that is no longer there goes by its id. */
async function clientNames(call: MethodRun, counts: readonly AuditCount[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(counts.flatMap(({ caller }) => (caller === undefined ? [] : [caller])))];
  const found = await call.unit(({ em }) =>
    em.find(ApiClient, { clientId: { $in: ids } }, { fields: ['clientId', 'name'] }),
  );
  return new Map(found.map(({ clientId, name }) => [clientId, name]));
}

const momentOf = (times: readonly Date[], choose: (...times: number[]) => number): string | null =>
  times.length === 0 ? null : timestampOf(choose(...times.map((time) => time.getTime())) * 1000);

/** How often data were seen by a consent, and by whom (contract §16.6). Days count from their beginning to their end, in UTC. */
export async function accessSummary(call: MethodRun): Promise<unknown> {
  const [from, to] = [dayOf(call, 'date_from'), dayOf(call, 'date_to')];
  const found = await visibleConsent(call, ['consent_id']);
  const authority = consentId(call);
  if (found === undefined || authority === undefined) throw fault('consent_not_found');
  // What was seen a moment ago counts. Inside a transaction the audit is not to be waited for.
  if (call.outer === undefined) await call.services.resolve(AuditService).flush();
  const before = to && new Date(to.getTime() + day);
  const counts = await auditCounts(call.services.resolve(StoreService), { authority, from, before });
  const names = await clientNames(call, counts);
  return {
    consent_id: found.consent_id,
    total_accesses: counts.reduce((sum, { count }) => sum + count, 0),
    by_action: summed(['read', 'search', 'export'], counts, actionOf),
    by_resource_type: summed(
      ['individual', 'group', 'program', 'program_membership'],
      counts,
      ({ resource }) => resource,
    ),
    by_client: summed([], counts, ({ caller = '' }) => names.get(caller) ?? caller),
    date_range: {
      first: momentOf(
        counts.map(({ first }) => first),
        Math.min,
      ),
      last: momentOf(
        counts.map(({ last }) => last),
        Math.max,
      ),
    },
  };
}
