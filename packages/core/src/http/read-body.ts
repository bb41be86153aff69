import { SallyportError } from '../errors/index.ts';
import type { BodyKind, ReadBody } from './body.ts';
import { malformedForm, parseForm } from './form.ts';
import { copyHostForm, copyHostJson } from './host-parsed.ts';
import { malformedJson, parseJson } from './json.ts';
import { defaultLimits, type JsonLimits } from './limits.ts';
import { contentKindOf, parseMediaType } from './media-type.ts';
import type { RawBody } from './message.ts';
import { readBytes, type Timers, tooLarge } from './read-bytes.ts';
import { announcesBody, markBodyUnread } from './unread.ts';

/** What an operation says of its body. */
export interface ReadBodyOptions {
  readonly method: string;
  /** Nothing: a body is left alone, whatever the method. */
  readonly kinds: readonly BodyKind[];
  /** Whether a body must be there; `false` when absent. */
  readonly required?: boolean;
  /** Most bytes; 1 MiB when absent. */
  readonly limit?: number;
  readonly jsonLimits?: JsonLimits;
  /** Most fields of a form; 1000 when absent. */
  readonly formFields?: number;
  /** Milliseconds the body may take to arrive; 30 000 when absent. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly timers?: Timers;
}

/** How a body is to be read: the kind that its content type has chosen. */
type Reading = 'json' | 'merge-patch' | 'form' | 'any';

const none: ReadBody = Object.freeze({ kind: 'none' });

const mediaTypes: Readonly<Record<BodyKind, readonly string[]>> = {
  json: ['application/json'],
  'merge-patch': ['application/merge-patch+json', 'application/json'],
  form: ['application/x-www-form-urlencoded'],
  any: ['*/*'],
};

/**
 * Reads a body by the rules of the operation. In this order: what the headers alone give away (length, encoding, type)
 * is refused before a byte is read; then the bytes are collected within limit and time; then they are parsed.
 *
 * One rule on encodings: none is undone, everything but `identity` is refused. One rule on types: a body names its own,
 * and it is one that the operation takes. A body where none is declared is not looked at (RFC 9110 section 9.3.1).
 *
 * @throws SallyportError `body_too_large`, `unsupported_media_type`, `malformed_body`, `malformed_request`,
 * `request_timeout`; {@link bodyLeftUnread} tells whether the connection must be closed
 */
export async function readBody(
  raw: RawBody,
  headers: Readonly<Record<string, string>>,
  options: ReadBodyOptions,
): Promise<ReadBody> {
  if (options.kinds.length === 0) return none;
  let reading: Reading | undefined;
  try {
    reading = judgeHeaders(raw, headers, options);
  } catch (error) {
    throw raw.kind === 'stream' && error instanceof SallyportError ? markBodyUnread(error) : error;
  }
  if (raw.kind === 'parsed') {
    if (isAbsent(raw.value, headers)) return empty(options, reading);
    if (!isText(raw.value)) return hostParsed(raw.value, reading, options);
  }
  const bytes = await bytesOf(raw, options);
  if (bytes.byteLength === 0) return empty(options, reading);
  if (reading === undefined) throw unsupported(options, 'A body needs a Content-Type.');
  if (reading === 'any') return { kind: 'bytes', contentType: headers['content-type'], bytes };
  if (reading === 'form') return { kind: 'form', fields: parseForm(bytes, options.formFields) };
  return structured(parseJson(bytes, options.jsonLimits), reading);
}

/** Everything that can be refused before the first byte; answers how to read what follows. */
function judgeHeaders(
  raw: RawBody,
  headers: Readonly<Record<string, string>>,
  options: ReadBodyOptions,
): Reading | undefined {
  const limit = options.limit ?? defaultLimits.body;
  const length = headers['content-length'];
  if (length !== undefined) {
    if (!/^[0-9]{1,15}$/.test(length) || headers['transfer-encoding'] !== undefined) {
      throw new SallyportError('malformed_request', { detail: 'The length of the body is not clear.' });
    }
    if (Number(length) > limit) throw tooLarge(limit);
  }
  const announced = raw.kind !== 'none' && (length === undefined || Number(length) > 0);
  const encoding = headers['content-encoding']?.toLowerCase();
  if (announced && encoding !== undefined && encoding !== 'identity') {
    throw new SallyportError('unsupported_media_type', {
      detail: 'A body is sent without content encoding.',
      headers: { 'accept-encoding': 'identity' },
      facts: { accept: ['identity'] },
    });
  }
  const contentType = headers['content-type'];
  if (contentType === undefined) {
    if (options.kinds.includes('any')) return 'any';
    if (announced && length !== undefined) throw unsupported(options, 'A body needs a Content-Type.');
    return undefined;
  }
  const reading = readingOf(contentType, options.kinds);
  if (reading === undefined && announced) throw unsupported(options, 'The body has a type that is not taken here.');
  return reading;
}

function readingOf(contentType: string, kinds: readonly BodyKind[]): Reading | undefined {
  const kind = contentKindOf(contentType);
  if (kind === 'merge-patch' && kinds.includes('merge-patch')) return 'merge-patch';
  if ((kind === 'json' || kind === 'merge-patch') && kinds.includes('json')) return 'json';
  if (kind === 'json' && kinds.includes('merge-patch') && isPlainJson(contentType)) return 'merge-patch';
  if (kind === 'form' && kinds.includes('form')) return 'form';
  return kinds.includes('any') ? 'any' : undefined;
}

/** The documented alias of merge patch is `application/json` itself, not every type that ends in `+json`. */
function isPlainJson(contentType: string): boolean {
  return parseMediaType(contentType)?.type === 'application/json';
}

async function bytesOf(raw: RawBody, options: ReadBodyOptions): Promise<Uint8Array> {
  const limit = options.limit ?? defaultLimits.body;
  if (raw.kind === 'stream') {
    return readBytes(raw.stream, {
      limit,
      timeout: options.timeout ?? defaultLimits.bodyTimeout,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.timers === undefined ? {} : { timers: options.timers }),
    });
  }
  const bytes = raw.kind === 'bytes' ? raw.bytes : hostBytes(raw);
  if (bytes.byteLength > limit) throw tooLarge(limit);
  return bytes;
}

function hostBytes(raw: RawBody): Uint8Array {
  if (raw.kind !== 'parsed' || !isText(raw.value)) return new Uint8Array();
  return typeof raw.value === 'string' ? Buffer.from(raw.value) : raw.value;
}

/** What `express.raw()` and `express.text()` leave behind is still to be read. */
function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** Parsers of hosts put `{}` or `null` where no body was sent. */
function isAbsent(value: unknown, headers: Readonly<Record<string, string>>): boolean {
  if (value === undefined) return true;
  if (announcesBody(headers)) return false;
  return value === null || (typeof value === 'object' && !isText(value) && Object.keys(value).length === 0);
}

function hostParsed(value: unknown, reading: Reading | undefined, options: ReadBodyOptions): ReadBody {
  if (reading === 'form') return { kind: 'form', fields: copyHostForm(value, options.formFields) };
  if (reading === undefined || reading === 'any') {
    throw unsupported(options, 'The body was parsed before it came here, and cannot be had as it was.');
  }
  const json = options.jsonLimits ?? defaultLimits.json;
  return structured(copyHostJson(value, { json, limit: options.limit ?? defaultLimits.body }), reading);
}

/** A body is an object or a list; a patch is an object (RFC 7396 section 2). */
function structured(value: unknown, reading: Reading): ReadBody {
  if (typeof value !== 'object' || value === null) {
    throw malformedJson({ offset: 0, message: 'The body must be an object or a list.' });
  }
  if (reading === 'merge-patch' && Array.isArray(value)) {
    throw malformedJson({ offset: 0, message: 'A merge patch must be an object.' });
  }
  return { kind: 'json', value };
}

function empty(options: ReadBodyOptions, reading: Reading | undefined): ReadBody {
  if (options.required !== true) return none;
  if (reading === 'form') return malformedForm('The body is empty.');
  throw malformedJson({ offset: 0, message: 'The body is empty.' });
}

const acceptHeaders: Readonly<Record<string, string>> = { PATCH: 'accept-patch', QUERY: 'accept-query' };

/**
 * 415 with what would be taken: `Accept-Patch` for `PATCH` (RFC 5789 section 2.2), `Accept-Query` for `QUERY` (RFC 10008
 * section 3), else `Accept` (RFC 9110 section 12.5.1).
 */
function unsupported(options: ReadBodyOptions, detail: string): SallyportError {
  const accept = [...new Set(options.kinds.flatMap((kind) => mediaTypes[kind]))];
  const name = acceptHeaders[options.method] ?? 'accept';
  return new SallyportError('unsupported_media_type', {
    detail,
    headers: { [name]: accept.join(', ') },
    facts: { accept },
  });
}
