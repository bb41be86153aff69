import { STATUS_CODES } from 'node:http';
import {
  decodePercent,
  defaultLimits,
  type InnerAnswer,
  type Plan,
  type Plugin,
  type RouteCall,
  SallyportError,
  type Unit,
} from '@sallyport/core';
import { type EntryRules, type PreparedEntry, prepareEntry, type SentEntry } from './entries.ts';
import { bundleFault, outcomeOf, textOf } from './faults.ts';
import { type BundleOptions, bundleMethods, kindsOf, type ReadyOptions, readyOptions } from './options.ts';
import { isPlaceholder, Placeholders } from './placeholders.ts';
import { bundleSchemas, servedMethods } from './schemas.ts';

interface SentBundle {
  readonly type: string;
  readonly entry?: readonly SentEntry[] | null;
}

/** Statuses that tell a caller to come back later: no fault of an entry's, so the whole transaction is answered so. */
const laterStatuses: ReadonlySet<number> = new Set([429, 503]);

/** What one entry's keys may add to the limit of a body's; far more than any resource needs. */
const keysPerEntry = 200;

/**
 * Bundles, much as FHIR has them: many calls in one request. A `transaction` is done as a whole or not at all, a `batch`
 * entry by entry; both in order, in one transaction of the database. Each entry takes the road of its own call: limits,
 * scope, checks, policies, hooks. What earlier entries have made can be referred to by placeholders `urn:uuid:…`.
 *
 * @example bundle({ path: '/$batch', limits: { transaction: 50, batch: 500 } })
 * @throws ConfigurationError for limits that are no numbers, and resources that there are none of
 * @see docs/guides/bundles.md
 */
export function bundle(options: BundleOptions = {}): Plugin {
  const ready = readyOptions(options);
  return {
    name: 'bundle',
    routes(plan) {
      const { path, kindIn, methods, urls, tags, body, limits } = ready;
      const rules: EntryRules = { kinds: kindsOf(plan, ready.resources), kindIn, methods, urls };
      const schemas = bundleSchemas(plan, rules, ready);
      const entries = Math.max(limits.batch, limits.transaction);
      return [
        {
          method: 'POST',
          path,
          name: 'bundle',
          scope: 'authenticated',
          summary: 'Many calls in one request',
          description: descriptionOf(plan, rules, limits),
          tags,
          body: {
            kinds: ['json'],
            required: true,
            schema: schemas.request,
            content: { 'application/json': schemas.documented },
            ...(body === undefined ? {} : { limit: body }),
            json: {
              depth: defaultLimits.json.depth + 4,
              keys: defaultLimits.json.keys + entries * keysPerEntry,
              values: defaultLimits.json.values + entries * 2 * keysPerEntry,
            },
          },
          responses: {
            200: { description: 'What became of each entry.', schema: plan.envelope.schemas.result(schemas.response) },
            400: { description: 'The bundle has another type, or no entries, or too many.' },
            409: { description: 'An entry of a transaction conflicts with what is there; nothing was done.' },
            422: { description: 'The bundle is not valid, or an entry of a transaction failed; nothing was done.' },
          },
          handle: async (call) => ({
            kind: 'value',
            status: 200,
            value: plan.envelope.result(await perform(call, rules, ready, plan), call),
          }),
        },
      ];
    },
  };
}

/** What a bundle does, and what its entries can ask for by which scopes. */
function descriptionOf(plan: Plan, rules: EntryRules, limits: ReadyOptions['limits']): string {
  const lines = [...rules.kinds].map(([kind, resource]) => {
    const calls = servedMethods([resource], rules).map((method) => {
      const operation = bundleMethods[method];
      const route = plan.routes.find(({ name }) => name === `${resource.name}.${operation}`);
      const sets = (route?.requirement.alternatives ?? []).map((names) =>
        names.map((name) => `\`${name}\``).join(' and '),
      );
      const { delete: removal } = resource.descriptor.operations;
      const archives = operation === 'delete' && typeof removal === 'object' && removal.archive !== undefined;
      return `${method}${archives ? ' (archives)' : ''}${sets.length === 0 ? '' : ` ${sets.join(' or ')}`}`;
    });
    return `- ${kind}: ${calls.join(', ')}`;
  });
  return [
    `A transaction (${limits.transaction} entries at most) is done as a whole or not at all, a batch (${limits.batch}) entry by entry, both in order. Each entry needs the scope of its own call:`,
    lines.join('\n'),
  ].join('\n\n');
}

async function perform(call: RouteCall, rules: EntryRules, options: ReadyOptions, plan: Plan): Promise<unknown> {
  // The schema has let it through.
  const sent = (call.body.kind === 'json' ? call.body.value : {}) as SentBundle;
  const { type } = sent;
  const entries = sent.entry ?? [];
  if (type !== 'transaction' && type !== 'batch') {
    throw options.told(bundleFault('bundle_type_unsupported', { type }), undefined);
  }
  if (entries.length === 0) throw options.told(bundleFault('bundle_empty'), undefined);
  const limit = options.limits[type];
  if (entries.length > limit) throw options.told(bundleFault('bundle_too_large', { type, limit }), undefined);

  // Calls are let in, and counted, before the transaction begins: once, however often it has to be run.
  const prepared: PreparedEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    prepared.push(await prepareEntry(entry, index + 1, rules, call));
  }
  const results = await call.unit(async (unit) => {
    const placeholders = new Placeholders(options.body ?? defaultLimits.body);
    const made: unknown[] = [];
    for (const each of prepared) made.push(await performEntry(each, type, placeholders, unit, options, plan));
    return made;
  });
  const more = options.nulls === 'print' ? { total: null, link: null } : {};
  return { resourceType: 'Bundle', type: `${type}-response`, ...more, entry: results };
}

async function performEntry(
  prepared: PreparedEntry,
  type: 'transaction' | 'batch',
  placeholders: Placeholders,
  unit: Unit,
  options: ReadyOptions,
  plan: Plan,
): Promise<unknown> {
  const { entry, call, fault } = prepared;
  const { fullUrl } = entry;
  const answered = call === undefined ? undefined : await answer(prepared, placeholders, unit);
  const refused = fault ?? answered?.error;
  if (refused !== undefined || answered === undefined || answered.status >= 400) {
    const told = options.told(refused ?? new SallyportError('internal'), entry);
    if (type === 'transaction') throw failed(told, prepared, options);
    const resource = outcomeOf(told.status, textOf(told));
    return entryOf({ fullUrl, status: told.status, resource }, options);
  }
  const { status, value, headers } = answered;
  const location = status === 204 ? undefined : (headers.location ?? `${plan.api.basePath}${prepared.target}`);
  if (isPlaceholder(fullUrl) && entry.kind !== undefined) {
    const key = entry.key ?? keyIn(headers.location, prepared, plan);
    if (key !== undefined) placeholders.set(fullUrl, options.reference(entry.kind, key));
  }
  return entryOf({ fullUrl, status, location, etag: headers.etag, resource: value }, options);
}

async function answer(
  { call, body }: PreparedEntry,
  placeholders: Placeholders,
  unit: Unit,
): Promise<(Partial<InnerAnswer> & Pick<InnerAnswer, 'status' | 'headers'>) | undefined> {
  let filled: unknown;
  try {
    filled = placeholders.fill(body);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return { status: error.status, headers: {}, error };
  }
  return call?.perform(filled, unit);
}

/** The key of a record that was made, out of the address that it got. */
function keyIn(location: string | undefined, { resource }: PreparedEntry, { api }: Plan): string | undefined {
  const start = `${api.basePath}${resource?.path}/`;
  if (location?.startsWith(start) !== true) return undefined;
  const [segment = ''] = location.slice(start.length).split('?', 1);
  return decodePercent(segment);
}

/** Why a transaction is undone: what its entry was refused for, or that the caller has to come back later. */
function failed(error: SallyportError, { entry }: PreparedEntry, { told }: ReadyOptions): SallyportError {
  if (laterStatuses.has(error.status)) return error;
  const { number, fullUrl = 'unknown' } = entry;
  const text = textOf(error);
  const whole = bundleFault('transaction_failed', { number, fullUrl, text }, { status: error.status, cause: error });
  const said = told(whole, entry);
  const { status, code, title, detail, headers } = said;
  const outcome = outcomeOf(status, detail);
  return new SallyportError(code, { status, title, detail, headers, facts: { ...said.facts, outcome }, cause: error });
}

interface EntryResult {
  readonly fullUrl: string | undefined;
  readonly status: number;
  readonly location?: string | undefined;
  readonly etag?: string | undefined;
  readonly resource: unknown;
}

function entryOf({ fullUrl, status, location, etag, resource }: EntryResult, { nulls }: ReadyOptions): unknown {
  const missing = nulls === 'print' ? null : undefined;
  return {
    fullUrl: fullUrl ?? missing,
    request: missing,
    response: {
      status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
      location: location ?? missing,
      etag: etag ?? missing,
    },
    resource: resource ?? missing,
    search: missing,
  };
}
