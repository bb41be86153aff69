import { SallyportError } from '../errors/index.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';
import { all, type Condition, isIn, type Operand } from '../query/condition.ts';
import type { ApiContext } from '../road/api-context.ts';
import type { RouteCall } from '../road/route.ts';
import { Selection } from '../store/selection.ts';
import { type ListOptions, Records } from './records.ts';

/** What a read by one of several keys comes to: the record as the caller sees it, or why there is none. */
export type EachRead =
  | { readonly value: Record<string, unknown>; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: SallyportError };

type How = Pick<ListOptions, 'nulls' | 'representation'>;

/**
 * Reads the records that keys name, each as a read of its own would be answered, by two or three statements however many
 * there are. Who has been denied any of them waits once, for all of them together.
 *
 * @returns in the order of the keys, repetitions kept; `malformed_key`, `not_found` and `ambiguous_key` in their places
 */
export async function readEach(
  plan: ResourcePlan,
  keys: readonly string[],
  how: How,
  call: RouteCall,
  api: ApiContext,
): Promise<readonly EachRead[]> {
  const records = new Records(plan, call, call.reader, api);
  const faults = new Map<string, SallyportError>();
  for (const key of keys) {
    const error = faultOf(() => plan.key.condition(key, call));
    if (error !== undefined) faults.set(key, error);
  }
  const sound = [...new Set(keys)].filter((key) => !faults.has(key));
  const found = await (plan.key.several === undefined
    ? oneByOne(records, sound, how, call)
    : together(records, sound, how, call));
  if ([...found.values()].some(({ error }) => error?.code === 'not_found')) await plan.missed(call);
  return keys.map((key) => {
    const error = faults.get(key);
    // Every sound key has been looked up.
    return error === undefined ? (found.get(key) as EachRead) : { error };
  });
}

/** A key that is malformed; whatever else goes wrong is thrown on. */
function faultOf(read: () => unknown): SallyportError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'malformed_key') return error;
    throw error;
  }
}

const told: ReadonlySet<string> = new Set(['not_found', 'ambiguous_key']);

async function oneByOne(records: Records, keys: readonly string[], how: How, call: RouteCall) {
  const found = new Map<string, EachRead>();
  for (const key of keys) {
    try {
      found.set(key, { value: (await records.one(records.plan.key.condition(key, call), how)).value });
    } catch (error) {
      if (!(error instanceof SallyportError && told.has(error.code))) throw error;
      found.set(key, { error });
    }
  }
  return found;
}

/**
 * First whom each key names, seen by the caller or not; then the records that are named alone, as far as the caller may
 * read them; last, whether it may read all of those that share a key. The rules are those of {@link Records.one}.
 */
async function together(records: Records, keys: readonly string[], how: How, call: RouteCall) {
  const { plan } = records;
  const holders = await holdersOf(plan, keys, call);
  const alone = [...holders.values()].flatMap((primaryKeys) => (primaryKeys.length === 1 ? primaryKeys : []));
  const shared = [...holders.values()].flatMap((primaryKeys) => (primaryKeys.length > 1 ? primaryKeys : []));
  const values = await valuesOf(records, alone, how, call);
  const readable = plan.hidesFrom(call) ? await readableOf(plan, shared, call) : new Set(shared);
  const found = new Map<string, EachRead>();
  for (const key of keys) {
    const primaryKeys = holders.get(key) ?? [];
    const [first = null] = primaryKeys;
    const value = primaryKeys.length === 1 ? values.get(first) : undefined;
    const isAmbiguous = primaryKeys.length > 1 && primaryKeys.every((primaryKey) => readable.has(primaryKey));
    const { name: resource } = plan;
    if (value !== undefined) found.set(key, { value });
    else if (isAmbiguous) found.set(key, { error: new SallyportError('ambiguous_key', { resource }) });
    else found.set(key, { error: new SallyportError('not_found', { resource, detail: 'There is no such record.' }) });
  }
  return found;
}

/** The primary keys of the records that each key names, whoever asks. */
async function holdersOf(plan: ResourcePlan, keys: readonly string[], call: RouteCall) {
  const { several } = plan.key;
  const holders = new Map<string, Operand[]>();
  if (several === undefined || keys.length === 0) return holders;
  const selection = new Selection(plan.model);
  const primaryKey = selection.column<Operand>(plan.model.primaryKey);
  const namesOf = several.names(selection);
  const where = all(plan.own(call), several.condition(keys, call));
  const { rows } = await call.reader.read({ selection, where, order: [] }, call);
  const byName = new Map<string, Operand[]>();
  for (const row of rows) {
    for (const name of new Set(namesOf(row))) {
      const sharing = byName.get(name);
      if (sharing === undefined) byName.set(name, [primaryKey(row)]);
      else sharing.push(primaryKey(row));
    }
  }
  for (const key of keys) holders.set(key, byName.get(several.name(key)) ?? []);
  return holders;
}

const amongst = (plan: ResourcePlan, primaryKeys: readonly Operand[], call: RouteCall): Condition =>
  all(plan.domain(call), isIn(plan.model.primaryKey, [...new Set(primaryKeys)]));

/** The records among some that the caller may read, as it sees them. */
async function valuesOf(records: Records, primaryKeys: readonly Operand[], how: How, call: RouteCall) {
  const shape = records.shape({ ...how, versioned: false });
  const where = amongst(records.plan, primaryKeys, call);
  const { rows } = await call.reader.read({ selection: shape.selection, where, order: [] }, call);
  return new Map(rows.map((row) => [shape.primaryKey(row) as Operand, records.encode(shape, row)]));
}

/** Which of some records the caller may read. */
async function readableOf(plan: ResourcePlan, primaryKeys: readonly Operand[], call: RouteCall) {
  if (primaryKeys.length === 0) return new Set<Operand>();
  const selection = new Selection(plan.model);
  const primaryKey = selection.column<Operand>(plan.model.primaryKey);
  const { rows } = await call.reader.read({ selection, where: amongst(plan, primaryKeys, call), order: [] }, call);
  return new Set(rows.map(primaryKey));
}
