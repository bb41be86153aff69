import { idPattern, isId, snakeWords } from './database-words.ts';

/** Something that stands where nobody may read it. */
export interface Leak {
  /** `status line`, `header link`, `body /data/0/name`, `log line`. */
  readonly place: string;
  readonly kind: 'database id' | 'SQL' | 'name of the database' | 'stack trace' | 'file path' | 'person' | 'secret';
  readonly found: string;
}

const sql = [
  /\bselect\s+(?:\*|"|'|\w+(?:\.\w+)?\s*,|\w+(?:\.\w+)?\s+from\b|count\()/gi,
  /\binsert\s+into\s+["\w]/gi,
  /\bupdate\s+["\w.]+\s+set\b/gi,
  /\bdelete\s+from\s+["\w]/gi,
  /\bSQLSTATE\b/gi,
  /\bviolates\s+(?:\w|-)+\s+constraint\b/gi,
  /\bsyntax error at or near\b/gi,
  /(?<![\w$])\$\d+(?:\s*[,)=]|$)/g,
  /(?<![A-Za-z0-9_])pg_[a-z_]+/g,
  /\bplpgsql\b/gi,
];
const stacks = [/\n\s*at .*:\d+:\d+\)?/g, /\bat (?:async )?[\w.<>]+ \(.*:\d+:\d+\)/g, /\bnode:internal\b/g];
const paths = [
  /file:\/\//g,
  /\bnode_modules\b/g,
  /\.(?:ts|js|mjs|cjs):\d+/g,
  /(?<![\w.:/])\/(?:home|usr|tmp|var|root|opt)\//g,
];

/** Everything of a text that no caller may see, whoever it is; `words` are names of the database. */
export function leaksIn(place: string, text: string, words: ReadonlySet<string>): Leak[] {
  const found: Leak[] = [];
  for (const [layer, shown] of layers(text)) {
    const note = (kind: Leak['kind'], matches: Iterable<RegExpMatchArray>) => {
      for (const [match] of matches)
        found.push({ place: layer === '' ? place : `${place} (${layer})`, kind, found: match });
    };
    note('database id', shown.matchAll(idPattern));
    for (const pattern of sql) note('SQL', shown.matchAll(pattern));
    for (const pattern of stacks) note('stack trace', shown.matchAll(pattern));
    for (const pattern of paths) note('file path', shown.matchAll(pattern));
    note(
      'name of the database',
      [...shown.matchAll(snakeWords)].filter(([word]) => words.has(word)),
    );
  }
  for (const [number] of text.matchAll(/(?<![\w-])[0-9a-f]{8}(?![\w-])/gi)) {
    if (isId(Number.parseInt(number, 16)))
      found.push({ place: `${place} (hexadecimal)`, kind: 'database id', found: number });
  }
  return found;
}

/** A text as it is, and what is in it percent-encoded, in base64 or in hexadecimal digits. */
function* layers(text: string): Generator<readonly [string, string]> {
  yield ['', text];
  if (/%[0-9a-f]{2}/i.test(text))
    yield [
      'percent-encoded',
      text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    ];
  for (const [token] of text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) {
    if (/^(?:[0-9a-f]{2})+$/i.test(token)) {
      const decoded = Buffer.from(token, 'hex').toString('latin1');
      if (isPlain(decoded)) yield ['hexadecimal', decoded];
    }
    // A token in a link or a path begins anywhere.
    const decoded = Buffer.from(token.replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('latin1');
    if (isPlain(decoded)) yield ['base64', decoded];
  }
}

/** What is not text is chance. */
const isPlain = (text: string): boolean => !/[^\t\n\r\x20-\x7e\xa0-\xff]/.test(text);

/** Every text of a JSON value and its JSON Pointer; names of members and numbers too. */
export function* textsOf(value: unknown, pointer = ''): Generator<readonly [string, string]> {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const inner = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!Array.isArray(value)) yield [inner, name];
      yield* textsOf(member, inner);
    }
  } else if (value !== null && value !== undefined) yield [pointer, String(value)];
}
