/** An id with its secret. */
export interface IdAndSecret {
  readonly clientId: string;
  readonly secret: string;
}

/** How id and secret stand in HTTP Basic. */
export type BasicEncoding = 'form-urlencoded' | 'raw' | 'either';

/** What an `Authorization` header holds for a token endpoint. */
export type BasicCredentials =
  | { readonly kind: 'none' }
  /** Another scheme than Basic. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed' }
  | ({
      readonly kind: 'credentials';
      /** What the same header says when it was form-urlencoded, where that may be and is something else. */
      readonly decoded?: IdAndSecret;
    } & IdAndSecret);

const utf8 = new TextDecoder('utf-8', { fatal: true });
const malformed: BasicCredentials = { kind: 'malformed' };

/**
 * Reads HTTP Basic (RFC 7617) as clients of OAuth send it: id and secret are form-urlencoded each before they are joined
 * (RFC 6749 section 2.3.1), unless `encoding` says that they come raw. With `either` they are taken as they stand, and
 * what they would be decoded comes beside them. Never throws (R3).
 */
export function readBasic(header: string | undefined, encoding: BasicEncoding): BasicCredentials {
  const value = header?.trim() ?? '';
  if (value === '') return { kind: 'none' };
  const match = /^basic(?: +(.*))?$/is.exec(value);
  if (match === null) return { kind: 'other' };

  const pair = decodeBase64(match[1] ?? '');
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return malformed;
  const raw = complete(pair.slice(0, colon), pair.slice(colon + 1));
  if (encoding === 'raw') return raw === undefined ? malformed : { kind: 'credentials', ...raw };
  const decoded = complete(decodePart(pair.slice(0, colon)), decodePart(pair.slice(colon + 1)));
  if (encoding === 'form-urlencoded') return decoded === undefined ? malformed : { kind: 'credentials', ...decoded };
  if (raw === undefined) return malformed;
  const differs = decoded !== undefined && (decoded.clientId !== raw.clientId || decoded.secret !== raw.secret);
  return { kind: 'credentials', ...raw, ...(differs ? { decoded } : {}) };
}

/** Neither half may be missing or empty. */
function complete(clientId: string | undefined, secret: string | undefined): IdAndSecret | undefined {
  return clientId && secret ? { clientId, secret } : undefined;
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

function decodePart(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
