import { BlockList, isIPv4 } from 'node:net';
import { ConfigurationError } from '../errors/index.ts';
import { normaliseAddress } from './address.ts';
import { trimSpace } from './characters.ts';

/** Tells which addresses are proxies of ours. */
export interface ProxyTrust {
  trusts(address: string): boolean;
}

/** Where a request came from, as far as it can be believed. */
export interface ClientOrigin {
  /** In one form for each address; the peer's own text where that is no IP address (a Unix socket). */
  readonly address: string;
  /** Whether the caller's connection was TLS. */
  readonly secure: boolean;
  /** Whether the peer is a trusted proxy, so that other headers of its (`X-Request-Id`) count too. */
  readonly throughTrustedProxy: boolean;
}

export interface ClientOriginRequest {
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** No chain of proxies is longer; what is said beyond is not read. */
const longestChain = 32;

/**
 * Makes the list of trusted proxies from addresses and CIDR ranges: `['10.0.0.0/8', '::1']`. Hop counts are not offered:
 * they trust whoever reaches the server by a shorter way.
 *
 * @throws ConfigurationError for an entry that is neither
 */
export function createProxyTrust(ranges: readonly string[] = []): ProxyTrust {
  if (ranges.length === 0) return { trusts: () => false };
  const list = new BlockList();
  for (const [index, range] of ranges.entries()) {
    const fail = (): never => {
      throw new ConfigurationError(`trustedProxies[${index}]`, `"${range}" is neither an IP address nor a CIDR range`);
    };
    const [network = '', prefix, ...rest] = range.split('/');
    const address = normaliseAddress(network);
    if (address === undefined || rest.length > 0) return fail();
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (prefix === undefined) {
      list.addAddress(address, family);
      continue;
    }
    // A mapped range (`::ffff:10.0.0.0/104`) counts its prefix from the IPv6 address.
    const bits = Number(prefix) - (family === 'ipv4' && network.includes(':') ? 96 : 0);
    if (!/^[0-9]{1,3}$/.test(prefix) || bits < 0 || bits > (family === 'ipv4' ? 32 : 128)) return fail();
    list.addSubnet(address, bits, family);
  }
  return {
    trusts: (text) => {
      const address = normaliseAddress(text);
      return address !== undefined && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    },
  };
}

/**
 * Finds the caller: the peer, unless that is a trusted proxy; then `X-Forwarded-For` is walked from right to left up to
 * the first address that is not. An entry that is no address ends the walk at the hop that wrote it. Of
 * `X-Forwarded-Proto` the last value counts, the one that the nearest proxy vouches for.
 */
export function findClient(request: ClientOriginRequest, trust: ProxyTrust): ClientOrigin {
  const peer = normaliseAddress(request.remoteAddress) ?? request.remoteAddress;
  if (!trust.trusts(peer)) return { address: peer, secure: request.encrypted, throughTrustedProxy: false };
  const proto = lastOf(request.headers['x-forwarded-proto']);
  return {
    address: walk(peer, request.headers['x-forwarded-for'] ?? '', trust),
    secure: proto === undefined ? request.encrypted : proto.toLowerCase() === 'https',
    throughTrustedProxy: true,
  };
}

function walk(peer: string, forwarded: string, trust: ProxyTrust): string {
  let address = peer;
  let end = forwarded.length;
  for (let hops = 0; hops < longestChain && end > 0; hops++) {
    const comma = forwarded.lastIndexOf(',', end - 1);
    const entry = normaliseAddress(withoutPort(trimSpace(forwarded.slice(comma + 1, end))));
    if (entry === undefined) return address;
    address = entry;
    if (!trust.trusts(address)) return address;
    end = comma;
  }
  return address;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  if (entry.startsWith('[')) {
    const close = entry.indexOf(']');
    return close < 0 ? entry : entry.slice(1, close);
  }
  const colon = entry.indexOf(':');
  return colon >= 0 && colon === entry.lastIndexOf(':') ? entry.slice(0, colon) : entry;
}

function lastOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return trimSpace(header.slice(header.lastIndexOf(',') + 1));
}
