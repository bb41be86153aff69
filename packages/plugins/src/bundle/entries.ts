import {
  decodePercent,
  type InnerCall,
  type InnerRequest,
  type ResourcePlan,
  type RouteCall,
  SallyportError,
} from '@sallyport/core';
import { bundleFault } from './faults.ts';
import { type BundleEntry, type BundleMethod, bundleMethods, type ReadyOptions } from './options.ts';

/** An entry as the schema lets it through. */
export interface SentEntry {
  readonly fullUrl?: string | null;
  readonly request?: {
    readonly method: BundleMethod;
    readonly url: string;
    readonly ifMatch?: string | null;
    readonly ifNoneMatch?: string | null;
  } | null;
  readonly resource?: Readonly<Record<string, unknown>> | null;
}

/** What an entry asks for: a call, or why there is none. */
export interface PreparedEntry {
  readonly entry: BundleEntry;
  readonly resource: ResourcePlan | undefined;
  readonly target: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly call: InnerCall | undefined;
  readonly fault: SallyportError | undefined;
}

interface Addressed {
  readonly resource: ResourcePlan;
  readonly kind: string;
  readonly key: string | undefined;
  readonly target: string;
}

/** What entries are read by. */
export interface EntryRules extends Pick<ReadyOptions, 'kindIn' | 'methods' | 'urls'> {
  readonly kinds: ReadonlyMap<string, ResourcePlan>;
}

/** Finds out what an entry asks for, and lets its call in. What is wrong with it is kept for its turn. */
export async function prepareEntry(
  sent: SentEntry,
  number: number,
  rules: EntryRules,
  call: RouteCall,
): Promise<PreparedEntry> {
  const { request, resource: body } = sent;
  let entry: BundleEntry = {
    number,
    fullUrl: sent.fullUrl ?? undefined,
    method: request?.method,
    url: request?.url,
    kind: undefined,
    key: undefined,
  };
  try {
    if (request === undefined || request === null) throw bundleFault('entry_request_missing');
    const { method } = request;
    if (!rules.methods.has(method)) throw bundleFault('entry_method_unsupported', { method });
    const writes = method !== 'GET' && method !== 'DELETE';
    if (writes && (body === undefined || body === null)) throw bundleFault('entry_resource_missing');
    const { resource, kind, key, target } = addressOf(request, writes ? (body ?? undefined) : undefined, rules, call);
    entry = { ...entry, kind, key };
    if (!resource.descriptor.operations[bundleMethods[method]])
      throw bundleFault('entry_method_unsupported', { method });
    const inner = await call.inside({ method, target, headers: preconditions(request) });
    const own = writes && body ? withoutKind(body, resource, rules.kindIn) : undefined;
    return { entry, resource, target, body: own, call: inner, fault: undefined };
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return { entry, resource: undefined, target: '', body: undefined, call: undefined, fault: error };
  }
}

function preconditions({ ifMatch, ifNoneMatch }: NonNullable<SentEntry['request']>): InnerRequest['headers'] & object {
  return {
    ...(ifMatch === undefined || ifMatch === null ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined || ifNoneMatch === null ? {} : { 'if-none-match': ifNoneMatch }),
  };
}

/** Which resource an entry is about, and where the call for it goes. */
function addressOf(
  { method, url }: NonNullable<SentEntry['request']>,
  body: SentEntry['resource'],
  rules: EntryRules,
  call: RouteCall,
): Addressed {
  const { kinds, kindIn, urls } = rules;
  const [, named = '', rest] = /^\/?([^/?]+)(?:\/(.*))?$/s.exec(url) ?? [];
  let kind = named;
  if (body && kindIn.length > 0) {
    const told = kindIn.map((name) => body[name]).find((value) => value !== undefined && value !== null);
    kind = typeof told === 'string' ? told : '';
  }
  const known = kinds.get(kind);
  if (method === 'POST') {
    if (known === undefined) throw bundleFault('entry_kind_unsupported', { kind });
    return { resource: known, kind, key: undefined, target: known.path };
  }
  if (!kinds.has(named) || !rest) throw bundleFault('entry_url_malformed', { url });
  if (known === undefined) throw bundleFault('entry_kind_unsupported', { kind });
  const { key, query } = urls === 'raw' ? rawKey(rest, known, call) : encodedKey(rest, url);
  return { resource: known, kind, key, target: `${known.path}/${encodeURIComponent(key)}${query}` };
}

/** `a%20b?x=1`: one segment, and a query for the road to judge. */
function encodedKey(rest: string, url: string): { readonly key: string; readonly query: string } {
  const mark = rest.indexOf('?');
  const segment = mark < 0 ? rest : rest.slice(0, mark);
  const key = segment.includes('/') ? undefined : decodePercent(segment);
  if (key === undefined || key === '') throw bundleFault('entry_url_malformed', { url });
  return { key, query: mark < 0 ? '' : rest.slice(mark) };
}

/**
 * `urn:example#code|a b/c`: all of it is the key, but for the parameters of a resource that has such to address it by. A
 * text that is no key as it stands may be one once it is decoded, as in a `location` that was answered.
 */
function rawKey(
  rest: string,
  resource: ResourcePlan,
  call: RouteCall,
): { readonly key: string; readonly query: string } {
  const names = (resource.descriptor.addressing?.parameters ?? []).map(({ name }) => name);
  const starts = names.map((name) => rest.indexOf(`?${name}=`)).filter((start) => start >= 0);
  const mark = starts.length === 0 ? rest.length : Math.min(...starts);
  const key = rest.slice(0, mark);
  const decoded = isKey(key, resource, call) ? undefined : decodePercent(key);
  const whole = decoded !== undefined && decoded !== key && isKey(decoded, resource, call);
  const pairs = rest
    .slice(mark + 1)
    .split('&')
    .filter((pair) => pair !== '');
  const query = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const text = whole ? (decodePercent(value) ?? value) : value;
    return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
  });
  return { key: whole ? decoded : key, query: query.length === 0 ? '' : `?${query.join('&')}` };
}

/** Whether a text has the form of a key of this resource. */
function isKey(text: string, { key }: ResourcePlan, call: RouteCall): boolean {
  try {
    key.condition(text, call);
    return true;
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'malformed_key') return false;
    throw error;
  }
}

/** What only tells the kind is no member of the record. */
function withoutKind(
  body: Readonly<Record<string, unknown>>,
  { members }: ResourcePlan,
  kindIn: readonly string[],
): Readonly<Record<string, unknown>> {
  const extra = kindIn.filter((name) => Object.hasOwn(body, name) && !members.some((member) => member.name === name));
  if (extra.length === 0) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !extra.includes(name)));
}
