/**
 * Decodes percent-escapes as strict UTF-8 (RFC 3986 section 2.1): `undefined` for an escape that is cut short, is not
 * hexadecimal, or yields bytes that are not UTF-8 (overlong forms and surrogates among them). `+` stays `+`.
 */
export function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
