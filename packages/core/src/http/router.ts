import { ConfigurationError } from '../errors/index.ts';
import { isToken } from './characters.ts';
import { parseTemplate, type Template } from './route-template.ts';
import { decodeSegment } from './target.ts';

/** One entry of a router's table. */
export interface RouterRoute<T> {
  /** What faults of the table call it; method and path when absent. */
  readonly name?: string;
  readonly method: string;
  /** Segments that are literal or `{name}`: `/group/{id}/$add-member`. */
  readonly path: string;
  readonly value: T;
}

export interface RouterOptions {
  /** What `/a/` is where only `/a` has a route: nothing (`'strict'`, the default) or a redirect to it. */
  readonly trailingSlash?: 'strict' | 'redirect';
  /** `false`: `HEAD` is not answered by the route of `GET`. */
  readonly head?: boolean;
}

/** What a router knows of one method and path. */
export type RouteMatch<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      /** Decoded; no prototype. */
      readonly params: Readonly<Record<string, string>>;
      readonly template: string;
    }
  /** The address is known, the method is not (405). */
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  /** The path to send the caller to, still encoded, without the query. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'none' };

export interface Router<T> {
  /** @throws SallyportError `malformed_target` for a segment with a bad percent-escape */
  match(method: string, path: string): RouteMatch<T>;
  /** The methods that have a route at this address, `HEAD` among them where `GET` answers it; empty for none. */
  allowed(path: string): readonly string[];
}

interface Leaf<T> {
  readonly name: string | undefined;
  readonly value: T;
  readonly template: Template;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  parameter: Node<T> | undefined;
  readonly leaves: Map<string, Leaf<T>>;
}

const none = Object.freeze({ kind: 'none' });
const methodOrder = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'];

/**
 * A router over raw paths, one for all adapters: a tree of segments, no regular expression, no limit on the length of a
 * parameter. Literal segments are compared after decoding (`%24batch` finds `$batch`) and win over parameters; where
 * the literal branch has no route for the method the parameter's is tried, as if each method had a tree of its own. An
 * encoded slash stays inside its segment. Matching is case-sensitive, empty segments match nothing.
 *
 * The work of a match is bounded by the table, not by the path: segments beyond the longest template are never read.
 *
 * @throws ConfigurationError for a bad template, or two routes of the same method and shape
 */
export function createRouter<T>(routes: readonly RouterRoute<T>[], options: RouterOptions = {}): Router<T> {
  const head = options.head ?? true;
  const redirect = options.trailingSlash === 'redirect';
  const root = emptyNode<T>();
  let longest = 0;
  for (const route of routes) {
    const template = parseTemplate(route.path);
    insert(root, route, template);
    longest = Math.max(longest, template.segments.length);
  }

  const pick = (node: Node<T>, method: string): Leaf<T> | undefined =>
    node.leaves.get(method) ?? (head && method === 'HEAD' ? node.leaves.get('GET') : undefined);

  function find(node: Node<T>, segments: readonly string[], depth: number, method: string): Leaf<T> | undefined {
    const segment = segments[depth];
    if (segment === undefined) return pick(node, method);
    const literal = node.literals.get(segment);
    const found = literal && find(literal, segments, depth + 1, method);
    return found ?? (node.parameter && find(node.parameter, segments, depth + 1, method));
  }

  function methodsAt(segments: readonly string[]): string[] {
    const methods = new Set<string>();
    collect(root, segments, 0, methods);
    if (head && methods.has('GET')) methods.add('HEAD');
    return [...methods].sort(byMethod);
  }

  return {
    match(method, path) {
      const { segments, slash } = split(path, longest);
      if (segments === undefined) return none;
      if (slash) {
        if (!redirect || methodsAt(segments).length === 0) return none;
        // `/\host` would lead a browser away from this one.
        return { kind: 'redirect', path: path.slice(0, -1).replaceAll('\\', '%5C') };
      }
      const leaf = find(root, segments, 0, method);
      if (leaf !== undefined) {
        const params: Record<string, string> = Object.create(null);
        for (const [index, name] of leaf.template.parameters) params[name] = segments[index] ?? '';
        return { kind: 'found', value: leaf.value, params, template: leaf.template.text };
      }
      const allowed = methodsAt(segments);
      return allowed.length === 0 ? none : { kind: 'method', allowed };
    },
    allowed(path) {
      const { segments, slash } = split(path, longest);
      return segments === undefined || slash ? [] : methodsAt(segments);
    },
  };
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), parameter: undefined, leaves: new Map() };
}

function insert<T>(root: Node<T>, route: RouterRoute<T>, template: Template): void {
  const place = route.name === undefined ? `routes[${route.method} ${route.path}]` : `routes.${route.name}`;
  if (!isToken(route.method)) throw new ConfigurationError(place, 'the method is not a token (RFC 9110 section 9.1)');
  let node = root;
  for (const segment of template.segments) {
    let next = segment.kind === 'literal' ? node.literals.get(segment.text) : node.parameter;
    if (next === undefined) {
      next = emptyNode<T>();
      if (segment.kind === 'literal') node.literals.set(segment.text, next);
      else node.parameter = next;
    }
    node = next;
  }
  const other = node.leaves.get(route.method);
  if (other !== undefined) {
    throw new ConfigurationError(
      place,
      `${other.name ?? 'another route'} answers the same addresses: ${route.method} ${other.template.text}`,
    );
  }
  node.leaves.set(route.method, { name: route.name, value: route.value, template });
}

/** Every method at the address, over all branches that lead there. */
function collect<T>(node: Node<T>, segments: readonly string[], depth: number, methods: Set<string>): void {
  const segment = segments[depth];
  if (segment === undefined) {
    for (const method of node.leaves.keys()) methods.add(method);
    return;
  }
  const literal = node.literals.get(segment);
  if (literal !== undefined) collect(literal, segments, depth + 1, methods);
  if (node.parameter !== undefined) collect(node.parameter, segments, depth + 1, methods);
}

interface SplitPath {
  /** Decoded; `undefined` where no template can match. */
  readonly segments: readonly string[] | undefined;
  /** The path ends in a slash that the segments leave out. */
  readonly slash: boolean;
}

const unmatched: SplitPath = { segments: undefined, slash: false };

function split(path: string, longest: number): SplitPath {
  if (!path.startsWith('/')) return unmatched;
  if (path === '/') return { segments: [], slash: false };
  // One segment more than any template has, and one for the trailing slash: enough to see that it is too long.
  const pieces = path.slice(1).split('/', longest + 2);
  const slash = pieces.at(-1) === '';
  if (slash) pieces.pop();
  if (pieces.length > longest || pieces.includes('')) return unmatched;
  return { segments: pieces.map((piece) => (piece.includes('%') ? decodeSegment(piece) : piece)), slash };
}

function byMethod(one: string, other: string): number {
  const [left, right] = [methodOrder.indexOf(one), methodOrder.indexOf(other)];
  if (left < 0 && right < 0) return one < other ? -1 : 1;
  return (left < 0 ? methodOrder.length : left) - (right < 0 ? methodOrder.length : right);
}
