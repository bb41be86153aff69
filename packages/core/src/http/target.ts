import { SallyportError } from '../errors/index.ts';
import { hasControl } from './characters.ts';
import { defaultLimits } from './limits.ts';
import { decodePairs, type Pair } from './pairs.ts';
import { decodePercent } from './percent.ts';

/** A request target taken apart. */
export interface ParsedTarget {
  /** Still percent-encoded, as sent; begins with `/`. `*` for the asterisk-form of `OPTIONS`. */
  readonly path: string;
  /** The query as sent, without `?`; empty when there is none. */
  readonly rawQuery: string;
  /** The query's parameters in order, decoded; repetitions kept. */
  readonly query: readonly Pair[];
}

export interface TargetOptions {
  /** Needed only to let the asterisk-form through for `OPTIONS`. */
  readonly method?: string;
  /** Most characters; 8192 when absent. */
  readonly maxLength?: number;
}

/**
 * Takes a request target apart (RFC 9112 section 3.2). Of an absolute-form (`http://host/path`) only the path and query
 * count: authority comes from configuration, never from the request. The path is not normalised: no dot segment is
 * removed and no slash merged, so that what is matched is what was sent.
 *
 * Refused besides bad escapes: characters that cannot stand in a target (controls, spaces, `#`, non-ASCII) and the
 * backslash, which browsers take for a slash. `|` and other marks that clients send raw are let through.
 *
 * @throws SallyportError `target_too_long`, `malformed_target`
 */
export function parseTarget(raw: string, options: TargetOptions = {}): ParsedTarget {
  const limit = options.maxLength ?? defaultLimits.target;
  if (raw.length > limit) {
    throw new SallyportError('target_too_long', {
      detail: `The address is longer than ${limit} characters.`,
      facts: { limit },
    });
  }
  if (raw === '*' && options.method === 'OPTIONS') return { path: '*', rawQuery: '', query: [] };
  for (let index = 0; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f || code === 0x23 || code === 0x5c) {
      return malformed('The address holds a character that must be percent-encoded.');
    }
  }
  const origin = raw.startsWith('/') ? raw : originForm(raw);
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  const rawQuery = mark < 0 ? '' : origin.slice(mark + 1);
  if (path.includes('%')) decodeSegment(path);
  return { path, rawQuery, query: decodePairs(rawQuery, malformed) };
}

/**
 * Decodes one segment of a path: `%2F` becomes a slash inside the segment, `+` stays `+`.
 *
 * @throws SallyportError `malformed_target` for an escape that is not strict UTF-8, or that hides a control character
 */
export function decodeSegment(encoded: string): string {
  const decoded = decodePercent(encoded);
  if (decoded === undefined) return malformed('A percent-escape of the path is not valid UTF-8.');
  if (hasControl(decoded)) return malformed('A control character is not allowed in the path.');
  return decoded;
}

/** The absolute-form without its scheme and authority (RFC 9112 section 3.2.2). */
function originForm(raw: string): string {
  const scheme = raw.slice(0, 8).toLowerCase();
  const start = scheme.startsWith('http://') ? 7 : scheme === 'https://' ? 8 : -1;
  if (start < 0) return malformed('The address must begin with a slash.');
  let end = start;
  while (end < raw.length && raw[end] !== '/' && raw[end] !== '?') end++;
  if (end === start) return malformed('The address has no host.');
  return raw[end] === '/' ? raw.slice(end) : `/${raw.slice(end)}`;
}

function malformed(detail: string): never {
  throw new SallyportError('malformed_target', { detail });
}
