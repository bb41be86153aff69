/** What of a client decides which names it may read. */
export interface Reader {
  readonly legalBasis: string;
  readonly scopes: readonly { readonly scope: string; readonly fields: readonly string[] | null }[];
}

/** Who is registered in a test's database, and who may read their names. */
export interface People {
  /** Takes note of the people that a body registers or changes, bundles and bootstrap files too. */
  note(body: unknown): void;
  reader(clientId: string, reader: Reader): void;
  /** From now on a client that depends on consents may read a name. */
  open(clientId: string, ...names: readonly string[]): void;
  /** From now on it may not. */
  close(clientId: string, ...names: readonly string[]): void;
  /** The names in a text that this client may not read; `null` is whoever has no token. */
  hiddenIn(text: string, clientId: string | null): readonly string[];
  /** Everything of people in a text: names, birth dates, telephone numbers, addresses. */
  dataIn(text: string): readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const textsOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : isObject(value) ? Object.values(value).flatMap(textsOf) : [];
/** Shorter texts are found in any. */
const shortest = 3;

export function people(): People {
  /** Each with the expression that finds it as a word. */
  const names = new Map<string, RegExp>();
  const data = new Map<string, RegExp>();
  const identifiers = new Set<string>();
  const readers = new Map<string, Reader>();
  const opened = new Map<string, Set<string>>();

  function keep(into: Map<string, RegExp>, text: string): void {
    if (text.length < shortest || !/[\p{L}\d]/u.test(text)) return;
    const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    into.set(text, new RegExp(`(?<![\\p{L}\\d-])${escaped}(?![\\p{L}\\d-])`, 'u'));
  }

  function note(body: unknown): void {
    if (!isObject(body)) return;
    for (const list of [body.individuals, body.groups]) if (Array.isArray(list)) list.forEach(note);
    if (Array.isArray(body.entry)) for (const each of body.entry) if (isObject(each)) note(each.resource);
    for (const each of Array.isArray(body.identifier) ? body.identifier : []) {
      if (isObject(each) && typeof each.value === 'string') identifiers.add(each.value);
    }
    // Names of groups are text, those of people have parts.
    if (isObject(body.name)) {
      for (const text of textsOf(body.name)) {
        keep(names, text);
        keep(data, text);
      }
      for (const text of [body.birthDate, body.birth_date].flatMap(textsOf)) keep(data, text);
    }
    for (const each of Array.isArray(body.telecom) ? body.telecom : []) {
      if (isObject(each)) for (const text of textsOf(each.value)) keep(data, text);
    }
    for (const each of Array.isArray(body.address) ? body.address : []) {
      if (isObject(each)) for (const text of [each.line, each.city].flatMap(textsOf)) keep(data, text);
    }
  }

  function readsNames(clientId: string | null): boolean {
    const reader = clientId === null ? undefined : readers.get(clientId);
    if (reader === undefined || reader.legalBasis === 'consent') return false;
    return reader.scopes.some(
      ({ scope, fields }) =>
        /^individual:(?:all|read|search)$/.test(scope) && (fields === null || fields.includes('name')),
    );
  }

  const found = (among: Map<string, RegExp>, text: string) =>
    [...among].flatMap(([each, pattern]) => (text.includes(each) && pattern.test(text) ? [each] : []));

  return {
    note,
    reader: (clientId, reader) => void readers.set(clientId, reader),
    open(clientId, ...texts) {
      const known = opened.get(clientId) ?? new Set();
      opened.set(clientId, new Set([...known, ...texts]));
    },
    close(clientId, ...texts) {
      for (const text of texts) opened.get(clientId)?.delete(text);
    },
    hiddenIn(text, clientId) {
      if (readsNames(clientId)) return [];
      const open = clientId === null ? undefined : opened.get(clientId);
      // Who is registered under a name of theirs is named by it in every reference.
      return found(names, text).filter((name) => open?.has(name) !== true && !identifiers.has(name));
    },
    dataIn: (text) => found(data, text).filter((each) => !identifiers.has(each)),
  };
}
