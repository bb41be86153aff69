import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, SallyportError } from '../errors/index.ts';
import { createRouter, type RouterOptions } from './router.ts';
import { faultOf } from './testing/fault.ts';

/** A router whose values are its own templates: `GET /a/{id}`. */
function table(routes: readonly string[], options?: RouterOptions) {
  return createRouter(
    routes.map((route) => {
      const [method = '', path = ''] = route.split(' ');
      return { method, path, value: route };
    }),
    options,
  );
}

function found(router: ReturnType<typeof table>, method: string, path: string) {
  const match = router.match(method, path);
  return match.kind === 'found' ? { value: match.value, ...match.params } : match.kind;
}

describe('createRouter', () => {
  const router = table([
    'GET /',
    'GET /Individual',
    'POST /Individual',
    'GET /Individual/{id}',
    'PUT /Individual/{id}',
    'POST /Individual/_search',
    'POST /Group/{id}/$add-member',
    'GET /Group/{group}/members/{member}',
    'POST /$batch',
    'QUERY /Individual',
  ]);

  it('finds literal and parameter routes, with the template', () => {
    expect(router.match('GET', '/')).toMatchObject({ kind: 'found', template: '/' });
    expect(found(router, 'GET', '/Individual')).toEqual({ value: 'GET /Individual' });
    expect(found(router, 'GET', '/Group/g1/members/m2')).toEqual({
      value: 'GET /Group/{group}/members/{member}',
      group: 'g1',
      member: 'm2',
    });
    expect(router.match('POST', '/Group/1/$add-member')).toMatchObject({ template: '/Group/{id}/$add-member' });
    expect(found(router, 'QUERY', '/Individual')).toEqual({ value: 'QUERY /Individual' });
  });

  it('takes parameters that other routers trip over', () => {
    const id = `urn:openspp:vocab:id-type%23national_id|a%2Fb:c|${'9'.repeat(5000)}`;
    expect(found(router, 'GET', `/Individual/${id}`)).toMatchObject({
      id: `urn:openspp:vocab:id-type#national_id|a/b:c|${'9'.repeat(5000)}`,
    });
    expect(found(router, 'GET', '/Individual/a+b')).toMatchObject({ id: 'a+b' });
    expect(found(router, 'GET', '/Individual/..')).toMatchObject({ id: '..' });
  });

  it('compares literals after decoding, so that one address has one rule', () => {
    expect(found(router, 'POST', '/%24batch')).toEqual({ value: 'POST /$batch' });
    expect(found(router, 'GET', '/%49ndividual')).toEqual({ value: 'GET /Individual' });
    expect(found(router, 'POST', '/Individual%2F_search')).toBe('none');
  });

  it('is case-sensitive', () => {
    expect(found(router, 'GET', '/individual')).toBe('none');
    expect(found(router, 'get', '/Individual')).toBe('method');
  });

  it('gives params no prototype', () => {
    const match = router.match('GET', '/Individual/1');
    expect(match.kind === 'found' && Object.getPrototypeOf(match.params)).toBe(null);
  });

  it('prefers the literal, and falls back to the parameter where the literal has no route for the method', () => {
    expect(found(router, 'POST', '/Individual/_search')).toEqual({ value: 'POST /Individual/_search' });
    expect(found(router, 'GET', '/Individual/_search')).toEqual({ value: 'GET /Individual/{id}', id: '_search' });
    const deep = table(['GET /a/b/c', 'GET /a/{x}/d', 'GET /{y}/b/e']);
    expect(found(deep, 'GET', '/a/b/c')).toEqual({ value: 'GET /a/b/c' });
    expect(found(deep, 'GET', '/a/b/d')).toEqual({ value: 'GET /a/{x}/d', x: 'b' });
    expect(found(deep, 'GET', '/a/b/e')).toEqual({ value: 'GET /{y}/b/e', y: 'a' });
  });

  it('lets routes of one shape name their parameter differently', () => {
    const routes = table(['GET /a/{id}', 'DELETE /a/{key}']);
    expect(found(routes, 'GET', '/a/1')).toMatchObject({ id: '1' });
    expect(found(routes, 'DELETE', '/a/1')).toMatchObject({ key: '1' });
  });

  it('names the methods of an address, over all its templates', () => {
    expect(router.match('DELETE', '/Individual/_search')).toEqual({
      kind: 'method',
      allowed: ['GET', 'HEAD', 'POST', 'PUT'],
    });
    expect(router.allowed('/Individual')).toEqual(['GET', 'HEAD', 'POST', 'QUERY']);
    expect(router.allowed('/nothing')).toEqual([]);
    expect(router.match('TRACE', '/Individual')).toMatchObject({ kind: 'method' });
    expect(table(['X-B /a', 'X-A /a', 'GET /a']).allowed('/a')).toEqual(['GET', 'HEAD', 'X-A', 'X-B']);
  });

  it("answers HEAD by GET's route unless told not to", () => {
    expect(found(router, 'HEAD', '/Individual')).toEqual({ value: 'GET /Individual' });
    const without = table(['GET /a'], { head: false });
    expect(without.match('HEAD', '/a')).toEqual({ kind: 'method', allowed: ['GET'] });
    const own = table(['GET /a', 'HEAD /a']);
    expect(found(own, 'HEAD', '/a')).toEqual({ value: 'HEAD /a' });
  });

  it.each([
    '',
    'Individual',
    '*',
    '//',
    '//Individual',
    '/Individual//',
    '/Individual//x',
    '/Group//$add-member',
    '/Individual/1/2',
  ])('finds nothing at %j', (path) => {
    for (const trailingSlash of ['strict', 'redirect'] as const) {
      const routes = table(['GET /Individual', 'GET /Individual/{id}', 'POST /Group/{id}/$add-member'], {
        trailingSlash,
      });
      expect(routes.match('GET', path)).toEqual({ kind: 'none' });
      expect(routes.allowed(path)).toEqual([]);
    }
  });

  it('matches or redirects a trailing slash as it is told, and never merges', () => {
    expect(found(router, 'GET', '/Individual/')).toBe('none');
    const redirecting = table(['GET /r', 'GET /r/{id}'], { trailingSlash: 'redirect' });
    expect(redirecting.match('GET', '/r/')).toEqual({ kind: 'redirect', path: '/r' });
    expect(redirecting.match('POST', '/r/a%2Fb/')).toEqual({ kind: 'redirect', path: '/r/a%2Fb' });
    expect(redirecting.match('GET', '/s/')).toEqual({ kind: 'none' });
    expect(redirecting.match('GET', '/r//')).toEqual({ kind: 'none' });
    expect(redirecting.match('GET', '/r')).toMatchObject({ kind: 'found' });
  });

  it('never redirects away from this server', () => {
    const open = table(['GET /{id}', 'GET /{id}/{other}'], { trailingSlash: 'redirect' });
    expect(open.match('GET', '//evil.example/')).toEqual({ kind: 'none' });
    expect(open.match('GET', '/\\evil.example/')).toEqual({ kind: 'redirect', path: '/%5Cevil.example' });
  });

  it('refuses a bad escape where it has to decode one', () => {
    expect(faultOf(() => router.match('GET', '/Individual/%E0%A4%A')).code).toBe('malformed_target');
    expect(faultOf(() => router.allowed('/Individual/%00')).code).toBe('malformed_target');
  });

  it.each([
    ['no slash', 'GET a'],
    ['a trailing slash', 'GET /a/'],
    ['an empty segment', 'GET /a//b'],
    ['a parameter in part of a segment', 'GET /a/x{id}'],
    ['an unclosed parameter', 'GET /a/{id'],
    ['a parameter without a name', 'GET /a/{}'],
    ['a parameter with a bad name', 'GET /a/{a-b}'],
    ['a forbidden name', 'GET /a/{__proto__}'],
    ['a name twice', 'GET /{a}/{a}'],
    ['a query', 'GET /a?b'],
    ['a dot segment', 'GET /a/../b'],
    ['a bad escape', 'GET /a/%zz'],
    ['a method that is none', 'GE(T) /a'],
  ])('stops the start for %s', (_, route) => {
    expect(() => table([route])).toThrow(ConfigurationError);
  });

  it('stops the start for two routes of the same method and shape', () => {
    expect(() => table(['GET /a/{id}', 'GET /a/{key}'])).toThrow(
      /another route answers the same addresses: GET \/a\/{id}/,
    );
    expect(() => table(['GET /$x', 'GET /%24x'])).toThrow(ConfigurationError);
    expect(() => table(['GET /a/{id}', 'PUT /a/{key}', 'GET /a/b'])).not.toThrow();
  });

  it('agrees with a router that tries every template', () => {
    const piece = fc.constantFrom('a', 'b', '$c', '{x}', '{y}');
    const template = fc
      .uniqueArray(piece, { maxLength: 4, selector: (text) => (text.startsWith('{') ? text : Symbol()) })
      .map((pieces) => `/${pieces.join('/')}`);
    const routes = fc.uniqueArray(fc.tuple(fc.constantFrom('GET', 'POST', 'PUT'), template), {
      maxLength: 12,
      selector: ([method, path]) => `${method} ${path.replace(/{\w}/g, '{}')}`,
    });
    const path = fc
      .array(fc.constantFrom('a', 'b', '$c', '%24c', '%61', 'd', ''), { maxLength: 5 })
      .map((pieces) => `/${pieces.join('/')}`);
    fc.assert(
      fc.property(routes, path, fc.constantFrom('GET', 'POST', 'PUT', 'HEAD'), (entries, target, method) => {
        const subject = table(entries.map(([verb, text]) => `${verb} ${text}`));
        expect(found(subject, method, target)).toEqual(reference(entries, method, target));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads no more of a path than its longest template, and visits each node once', () => {
    // 2^10 branches, all of which lead to the end: the worst table for back-tracking that ten segments allow.
    const routes = Array.from({ length: 1024 }, (_, bits) => {
      const pieces = Array.from({ length: 10 }, (_, place) => ((bits >> place) & 1 ? 'a' : `{p${place}}`));
      return `GET /${pieces.join('/')}/${bits === 0 ? 'end' : 'x'}`;
    });
    const subject = table(routes);
    const start = performance.now();
    expect(found(subject, 'GET', `/${'a/'.repeat(10)}end`)).toMatchObject({ p0: 'a' });
    expect(found(subject, 'GET', `/${'a/'.repeat(4000)}`)).toBe('none');
    expect(found(subject, 'GET', '/'.repeat(8000))).toBe('none');
    expect(found(subject, 'GET', `/${'%zz/'.repeat(2000)}`)).toBe('none');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('throws nothing but SallyportError on any path', () => {
    const subject = table(['GET /{a}', 'GET /{a}/{b}', 'GET /a/b/c'], { trailingSlash: 'redirect' });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        try {
          subject.match('GET', `/${path}`);
        } catch (error) {
          expect(error).toBeInstanceOf(SallyportError);
        }
      }),
    );
  });
});

/** Tries every template, the one with the earliest literals first. */
function reference(routes: readonly (readonly [string, string])[], method: string, path: string) {
  const segments = path === '/' ? [] : path.slice(1).split('/').map(decodeURIComponent);
  if (segments.includes('')) return 'none';
  const fitting = routes
    .map(([verb, text]) => ({ verb, text, pieces: text === '/' ? [] : text.slice(1).split('/') }))
    .filter(({ pieces }) => pieces.length === segments.length)
    .filter(({ pieces }) => pieces.every((piece, index) => piece.startsWith('{') || piece === segments[index]));
  const best = fitting
    .filter(({ verb }) => verb === method || (method === 'HEAD' && verb === 'GET'))
    .sort((one, other) => (shape(one.pieces) < shape(other.pieces) ? -1 : 1))[0];
  if (best === undefined) return fitting.length === 0 ? 'none' : 'method';
  const params = best.pieces.flatMap((piece, index) =>
    piece.startsWith('{') ? [[piece.slice(1, -1), segments[index]] as const] : [],
  );
  return { value: `${best.verb} ${best.text}`, ...Object.fromEntries(params) };
}

function shape(pieces: readonly string[]): string {
  return pieces.map((piece) => (piece.startsWith('{') ? '1' : '0')).join('');
}
