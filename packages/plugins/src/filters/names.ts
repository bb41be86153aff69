/** Pieces of names that say that something is a secret, or an account behind the scenes. */
const forbidden = [
  'password',
  'clientsecret',
  'apikey',
  'token',
  'secret',
  'credential',
  'jwt',
  'oauth',
  'createuid',
  'writeuid',
];

/** Whether nothing of this name may ever be filtered by, however it is spelt. */
export function isForbidden(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return name.includes('__') || forbidden.some((piece) => plain.includes(piece));
}

/** The name as people read it: `birth_date` is `Birth date`. */
export function labelOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
