import { safeParse } from 'fast-content-type-parse';
import Negotiator from 'negotiator';

/** A media type as a request names it (RFC 9110 section 8.3.1). */
export interface MediaType {
  /** Lower case: `application/json`. */
  readonly type: string;
  /** Names in lower case, values as sent; the first of a repeated name. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a content type says of a body: `bytes` for every well-formed type that the core does not read itself. */
export type ContentKind = 'json' | 'merge-patch' | 'form' | 'bytes';

const json: MediaType = { type: 'application/json', parameters: {} };

/** Reads a `Content-Type` strictly: `undefined` for anything outside the grammar (`application/json garbage`). */
export function parseMediaType(header: string): MediaType | undefined {
  if (header === 'application/json') return json;
  const parsed = safeParse(header);
  return parsed.type === '' ? undefined : parsed;
}

/**
 * What kind of body the header announces; `undefined` when the header is malformed, or names a charset other than UTF-8
 * for a text that the core would decode (RFC 8259 section 8.1). JSON is `application/json` and every `+json` type, but
 * not JSON Patch: that is another language (RFC 6902).
 */
export function contentKindOf(header: string): ContentKind | undefined {
  const media = parseMediaType(header);
  if (media === undefined) return undefined;
  const kind = kindOf(media.type);
  const charset = media.parameters.charset;
  if (kind !== 'bytes' && charset !== undefined && charset.toLowerCase() !== 'utf-8') return undefined;
  return kind;
}

function kindOf(type: string): ContentKind {
  if (type === 'application/json') return 'json';
  if (type === 'application/merge-patch+json') return 'merge-patch';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type.startsWith('application/') && type.endsWith('+json') && type !== 'application/json-patch+json')
    return 'json';
  return 'bytes';
}

/** `Accept` headers longer than this are disregarded, as RFC 9110 section 12.5.1 allows. */
const longestAccept = 1000;

/**
 * The media type to answer with (RFC 9110 section 12.5.1): the caller's favourite among those offered, the first where
 * it has none. `undefined`: not one is acceptable (406).
 */
export function acceptable<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
  const header = accept?.trim();
  if (!header || header === '*/*' || header.length > longestAccept) return offered[0];
  if (header === offered[0]) return offered[0];
  const best = new Negotiator({ headers: { accept: header } }).mediaType(offered);
  return offered.find((type) => type === best);
}
