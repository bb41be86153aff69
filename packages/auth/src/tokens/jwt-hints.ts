import { BoundedCache } from '../lib/bounded-cache.ts';

/** What a JWT says of itself before anything is proven: good for choosing who judges it, and for nothing else. */
export interface JwtHints {
  readonly alg: unknown;
  readonly kid: unknown;
  readonly iss: unknown;
  readonly nbf: unknown;
}

/** Members of a header, by the segment as it stands: all tokens of one key have the same one. */
const headers = new BoundedCache<Readonly<Record<string, unknown>>>(100);
const longestKept = 512;

/** Reads the hints of a token. `undefined`: it is no JWT, or what it holds cannot be read. */
export function hintsOf(token: string): JwtHints | undefined {
  const [first = '', second = '', third, ...more] = token.split('.', 4);
  if (third === undefined || more.length > 0) return undefined;
  const header = headers.get(first) ?? membersOf(first);
  const payload = membersOf(second);
  if (header === undefined || payload === undefined) return undefined;
  if (first.length <= longestKept) headers.set(first, header);
  return { alg: own(header, 'alg'), kid: own(header, 'kid'), iss: own(payload, 'iss'), nbf: own(payload, 'nbf') };
}

function membersOf(segment: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What stands on a prototype is passed over (R46). */
function own(members: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
