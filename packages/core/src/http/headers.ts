import { SallyportError } from '../errors/index.ts';
import { isFieldValue, isToken, trimSpace } from './characters.ts';
import { defaultLimits } from './limits.ts';

/** Fields that have one value by definition: a second line is an attack or a mistake, never a list. */
const singletons: ReadonlySet<string> = new Set([
  'access-control-request-method',
  'authorization',
  'content-disposition',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'expect',
  'from',
  'host',
  'idempotency-key',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'traceparent',
  'user-agent',
  'x-request-id',
]);

export interface HeaderOptions {
  /** Most characters of all names and values, with the four that part them on the wire; 16 384 when absent. */
  readonly maxLength?: number;
  /** Whether there must be a `Host` (RFC 9112 section 3.2). */
  readonly hostRequired?: boolean | undefined;
}

/** `uri-host [ ":" port ]` (RFC 9110 section 7.2); empty where the target has no authority. */
const hostPattern = /^(?:\[[0-9a-z:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/i;

/**
 * Makes one record of raw header lines: lower-case names, no prototype. Lines of the same name are joined with `, `
 * (RFC 9110 section 5.3), `Cookie` with `; ` (RFC 9113 section 8.2.3); fields that can have one value only, `Host` and
 * `Authorization` among them, are refused when they are repeated (RFC 9110 section 5.3, RFC 9112 section 3.2). Pseudo
 * header fields of HTTP/2 (`:path`) are left out.
 *
 * @param rawHeaders names and values in turn
 * @throws SallyportError `malformed_request`, `headers_too_large`
 */
export function readHeaders(
  rawHeaders: readonly string[],
  options: HeaderOptions = {},
): Readonly<Record<string, string>> {
  const limit = options.maxLength ?? defaultLimits.headers;
  const headers: Record<string, string> = Object.create(null);
  let size = 0;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const rawName = rawHeaders[index] ?? '';
    const value = trimSpace(rawHeaders[index + 1] ?? '');
    size += rawName.length + value.length + 4;
    if (size > limit) {
      throw new SallyportError('headers_too_large', {
        detail: `The headers are longer than ${limit} characters.`,
        facts: { limit },
      });
    }
    if (rawName.startsWith(':')) continue;
    if (!isToken(rawName)) return malformed('A header has a name that is not allowed.');
    if (!isFieldValue(value)) return malformed('A header holds a character that is not allowed.');
    const name = rawName.toLowerCase();
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (singletons.has(name)) return malformed(`The header ${name} was sent more than once.`);
    else headers[name] = `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  const { host } = headers;
  if (host === undefined ? options.hostRequired === true : !hostPattern.test(host)) {
    return malformed(host === undefined ? 'The header host is missing.' : 'The header host names no host.');
  }
  return headers;
}

/**
 * Guards a header on its way out: no CR, LF, NUL or character beyond Latin-1 (RFC 9110 section 5.5). A value that
 * fails is a fault of the application's, so the caller sees no more than `internal`.
 *
 * @throws SallyportError `internal`
 */
export function assertFieldValue(name: string, value: string): void {
  if (isToken(name) && isFieldValue(value)) return;
  throw new SallyportError('internal', { cause: new TypeError(`The header ${JSON.stringify(name)} cannot be sent`) });
}

function malformed(detail: string): never {
  throw new SallyportError('malformed_request', { detail });
}
