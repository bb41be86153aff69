/** What an `Authorization` header holds for a token endpoint. */
export type BasicCredentials =
  | { readonly kind: 'none' }
  /** Another scheme than Basic. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'credentials'; readonly clientId: string; readonly secret: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const malformed: BasicCredentials = { kind: 'malformed' };

/**
 * Reads HTTP Basic (RFC 7617) as clients of OAuth send it: id and secret are form-urlencoded each before they are joined
 * (RFC 6749 section 2.3.1), unless `encoding` says that they come raw. Never throws (R3).
 */
export function readBasic(header: string | undefined, encoding: 'form-urlencoded' | 'raw'): BasicCredentials {
  const value = header?.trim() ?? '';
  if (value === '') return { kind: 'none' };
  const match = /^basic(?: +(.*))?$/is.exec(value);
  if (match === null) return { kind: 'other' };

  const pair = decodeBase64(match[1] ?? '');
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return malformed;
  const clientId = decodePart(pair.slice(0, colon), encoding);
  const secret = decodePart(pair.slice(colon + 1), encoding);
  if (!clientId || !secret) return malformed;
  return { kind: 'credentials', clientId, secret };
}

/** Strict base64, with or without padding; strict UTF-8 inside. */
function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replaceAll('=', '') !== text.replaceAll('=', '')) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodePart(text: string, encoding: 'form-urlencoded' | 'raw'): string | undefined {
  if (encoding === 'raw') return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
