import { isIPv4, isIPv6 } from 'node:net';

/**
 * One form for each IP address: IPv4-mapped IPv6 becomes IPv4, zone ids go, IPv6 is written by RFC 5952 in lower case.
 * `undefined` for what is no address.
 */
export function normaliseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  // How Node names an IPv4 peer of a dual-stack socket.
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return text.slice(7);
  const groups = groupsOf(text);
  if (groups === undefined) return undefined;
  return (
    mappedAddress(groups) ??
    new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]/`).hostname.slice(1, -1)
  );
}

/**
 * What a limiter counts an address under: an IPv4 address itself, the /64 of an IPv6 address, as one customer is given
 * at least that much. Everything that is no address shares one key.
 */
export function limiterKey(address: string): string {
  if (isIPv4(address)) return address;
  const groups = groupsOf(address);
  if (groups === undefined) return 'unknown';
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return mappedAddress(groups) ?? `${prefix.join(':')}::/64`;
}

/** The eight groups of an IPv6 address (RFC 4291 section 2.2), without its zone. */
function groupsOf(text: string): number[] | undefined {
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  if (!isIPv6(address)) return undefined;
  const [before = '', after] = address.split('::');
  const head = readGroups(before);
  if (after === undefined) return head;
  const tail = readGroups(after);
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function readGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((piece) => {
    if (!piece.includes('.')) return [Number.parseInt(piece, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = piece.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** The IPv4 address inside `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). */
function mappedAddress(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
