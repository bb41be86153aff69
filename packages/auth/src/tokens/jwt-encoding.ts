/** Longest token or assertion that is looked at (R45). */
export const longestJwt = 8192;

/**
 * Whether the three segments are base64url as an encoder writes it. Otherwise one token has many spellings: the last
 * character of a signature has bits that no decoder looks at (R43).
 */
export function isCanonical(token: string): boolean {
  const segments = token.split('.', 4);
  return (
    segments.length === 3 &&
    segments.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}
