import { SallyportError } from '@sallyport/core';

/** VSCHAR of RFC 6749 appendix A: what ids and secrets of clients are made of. */
const visible = /^[\x20-\x7e]+$/;

/** Most characters of a `client_id`, and most bytes of a secret (SECURITY 4.2). */
const longestClientId = 128;
const longestSecret = 256;

/** Whether the text can be a `client_id`; what cannot is never asked of a store. */
export function isClientId(text: string): boolean {
  return text.length <= longestClientId && visible.test(text);
}

/** Whether the text can be a `client_secret`. */
export function isClientSecret(text: string): boolean {
  return text.length <= longestSecret && visible.test(text);
}

/** A challenge (RFC 9110 section 11.6.1) with quoted, escaped parameters. */
export function challenge(scheme: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const safe = value.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&');
    parts.push(`${name}="${safe}"`);
  }
  return parts.length === 0 ? scheme : `${scheme} ${parts.join(', ')}`;
}

/** The same error with these headers, where it does not set them itself. Other errors than ours pass as they are. */
export function withHeaders(error: Error, headers: Readonly<Record<string, string>>): Error {
  if (!(error instanceof SallyportError)) return error;
  const own = new Set(Object.keys(error.headers).map((name) => name.toLowerCase()));
  const missing = Object.entries(headers).filter(([name]) => !own.has(name.toLowerCase()));
  if (missing.length === 0) return error;
  return new SallyportError(error.code, {
    status: error.status,
    title: error.title,
    detail: error.detail,
    issues: error.issues,
    facts: error.facts,
    cause: error.cause,
    headers: { ...Object.fromEntries(missing), ...error.headers },
    ...(error.resource === undefined ? {} : { resource: error.resource }),
  });
}
