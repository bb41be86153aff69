const tokenCharacters = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCharacters[character.charCodeAt(0)] = 1;
}

/** Whether the text is a `token` (RFC 9110 section 5.6.2): the form of methods and field names. */
export function isToken(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (tokenCharacters[text.charCodeAt(index)] !== 1) return false;
  }
  return text.length > 0;
}

/**
 * Whether the text holds a control character (C0, DEL, C1). `'text'` lets tab, line feed and carriage return pass,
 * which occur in what people type.
 */
export function hasControl(text: string, permit: 'none' | 'text' = 'none'): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && (code < 0x7f || code > 0x9f)) continue;
    if (permit === 'text' && (code === 0x09 || code === 0x0a || code === 0x0d)) continue;
    return true;
  }
  return false;
}

/** Whether the text may be a field value (RFC 9110 section 5.5): visible characters, obs-text, space and tab. */
export function isFieldValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

/** Names that would reach a prototype if ever used as a key of an ordinary object. */
export function isForbiddenName(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype';
}

/** The text without spaces and tabs at its ends (OWS, RFC 9110 section 5.6.3). */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
