import {
  ConfigurationError,
  type OutgoingResponse,
  type Plan,
  type PluginSetup,
  type ReceivedRequest,
} from '@sallyport/core';
import { describe, expect, it, vi } from 'vitest';
import { cors } from './cors.ts';
import type { CorsOptions } from './options.ts';

const page = 'https://app.example.org';
const stranger = 'https://evil.test';
const exposed = 'WWW-Authenticate, ETag, Location, X-Request-Id, Retry-After';

function request(options: {
  method?: string;
  origin?: string | undefined;
  asks?: string;
  allowed?: readonly string[];
}): ReceivedRequest {
  const { method = 'GET', origin, asks, allowed = ['GET', 'HEAD', 'POST'] } = options;
  const headers = {
    ...(origin === undefined ? {} : { origin }),
    ...(asks === undefined ? {} : { 'access-control-request-method': asks }),
  };
  return { method, path: '/partner', headers, allowed };
}

function preflight(options: CorsOptions, origin: string | undefined, more: Parameters<typeof request>[0] = {}) {
  return cors(options).hooks?.onRequest?.(request({ method: 'OPTIONS', asks: 'POST', origin, ...more }));
}

/** The CORS headers that an actual response gets. */
function actual(options: CorsOptions, origin: string | undefined, status = 200): Record<string, string> {
  const headers: Record<string, string> = {};
  const response: OutgoingResponse = {
    status,
    setHeader(name, value) {
      headers[name] = value;
    },
    appendHeader(name, value) {
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    },
  };
  cors(options).hooks?.onResponse?.(response, request({ origin }), undefined);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replaceAll(/,\s*/g, ', ')]));
}

describe('a preflight', () => {
  it('is answered with what the address has and the options allow', () => {
    expect(preflight({ origins: [page], methods: ['GET', 'POST', 'DELETE'], credentials: true }, page)).toEqual({
      status: 204,
      headers: {
        'access-control-allow-origin': page,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers':
          'Authorization,Content-Type,If-Match,If-None-Match,Idempotency-Key,X-Request-Id',
        'access-control-expose-headers': exposed.replaceAll(' ', ''),
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    });
  });

  it('offers all methods of the address, and the headers and time that are named', () => {
    const answer = preflight({ origins: [page], headers: ['X-Own'], maxAge: 0 }, page, { allowed: ['PATCH', 'QUERY'] });
    expect(answer?.headers).toMatchObject({
      'access-control-allow-methods': 'PATCH,QUERY',
      'access-control-allow-headers': 'X-Own',
      'access-control-max-age': '0',
    });
  });

  it('never reflects the headers that are asked for', () => {
    const asking = { ...request({ method: 'OPTIONS', asks: 'GET', origin: page }) };
    const headers = { ...asking.headers, 'access-control-request-headers': 'x-anything' };
    const answer = cors({ origins: [page] }).hooks?.onRequest?.({ ...asking, headers });
    expect(JSON.stringify(answer)).not.toContain('x-anything');
  });

  it('of another origin gets nothing', () => {
    expect(preflight({ origins: [page] }, stranger)).toEqual({ status: 204, headers: { vary: 'Origin' } });
    expect(preflight({ origins: () => false }, stranger)).toEqual({ status: 204, headers: { vary: 'Origin' } });
  });

  it('is left to the road where there is no route, and where it is no preflight', () => {
    expect(preflight({ origins: [page] }, page, { allowed: [] })).toBeUndefined();
    expect(preflight({ origins: [page] }, undefined)).toBeUndefined();
    const hook = cors({ origins: [page] }).hooks?.onRequest;
    expect(hook?.(request({ method: 'OPTIONS', origin: page }))).toBeUndefined();
    expect(hook?.(request({ method: 'GET', origin: page, asks: 'POST' }))).toBeUndefined();
  });

  it('keeps its answer when it passes the way out', () => {
    const response: OutgoingResponse = {
      status: 204,
      setHeader: (name) => expect.fail(`sets ${name}`),
      appendHeader: (name) => expect(name).toBe('vary'),
    };
    cors({ origins: [page] }).hooks?.onResponse?.(
      response,
      request({ method: 'OPTIONS', asks: 'GET', origin: page }),
      undefined,
    );
  });
});

describe('a response', () => {
  it.each([200, 401, 404, 500])(
    'R21: of status %i gets its headers, the challenge among those that pages may read',
    (status) => {
      expect(actual({ origins: [page], credentials: true }, page, status)).toEqual({
        'access-control-allow-origin': page,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': exposed,
        vary: 'Origin',
      });
    },
  );

  it('exposes more headers, each once', () => {
    const headers = actual({ origins: [page], exposedHeaders: ['X-Total', 'etag'] }, page);
    expect(headers['access-control-expose-headers']).toBe(`${exposed}, X-Total`);
  });

  it('to another origin, or to none, says only that it varies', () => {
    expect(actual({ origins: [page] }, stranger)).toEqual({ vary: 'Origin' });
    expect(actual({ origins: [page] }, undefined)).toEqual({ vary: 'Origin' });
    expect(actual({ origins: [/.*/] }, undefined)).toEqual({ vary: 'Origin' });
  });

  it('does not vary when every origin may read it', () => {
    const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': exposed };
    expect(actual({ origins: '*' }, page)).toEqual(open);
    expect(actual({ origins: '*' }, 'null')).toEqual(open);
    expect(actual({ origins: '*' }, undefined)).toEqual(open);
    expect(preflight({ origins: '*' }, page)?.headers).not.toHaveProperty('vary');
  });
});

describe('origins', () => {
  const reads = (origins: CorsOptions['origins'], origin: string) =>
    actual({ origins }, origin)['access-control-allow-origin'] === origin;

  it('in a list are compared whole', () => {
    expect(reads([page, 'capacitor://localhost'], page)).toBe(true);
    expect(reads([page, 'capacitor://localhost'], 'capacitor://localhost')).toBe(true);
    for (const near of [`${page}.evil.test`, `${page}:8443`, 'http://app.example.org', `${page}/`, `x${page}`]) {
      expect(reads([page], near)).toBe(false);
    }
  });

  it('must match an expression from end to end, each time anew', () => {
    const anyOfOurs = /https:\/\/[a-z]+\.example\.org|http:\/\/localhost:\d+/g;
    for (let turn = 0; turn < 3; turn++) expect(reads([anyOfOurs], page)).toBe(true);
    expect(reads([anyOfOurs], 'http://localhost:5173')).toBe(true);
    expect(reads([anyOfOurs], `${page}.evil.test`)).toBe(false);
    expect(reads([anyOfOurs], 'http://localhost:5173.evil.test')).toBe(false);
    expect(reads([/^https:\/\/app\.example\.org$/m], `${stranger}\n${page}`)).toBe(false);
  });

  it('may be judged by a function, whose answer must be true', () => {
    expect(reads((origin) => origin.endsWith('.example.org'), page)).toBe(true);
    expect(reads((origin) => origin.endsWith('.example.org'), stranger)).toBe(false);
    const promises = (async () => false) as unknown as (origin: string) => boolean; // a mistake that JavaScript allows
    expect(reads(promises, stranger)).toBe(false);
  });

  it('a function that fails allows nobody, and is logged', () => {
    const fault = new Error('no list of origins');
    const plugin = cors({
      origins() {
        throw fault;
      },
    });
    const error = vi.fn();
    const setup = { services: { resolve: () => ({ error }) } } as unknown as PluginSetup; // it needs the logger alone
    plugin.start?.({} as Plan, setup);
    const asking = request({ method: 'OPTIONS', asks: 'POST', origin: page });
    expect(plugin.hooks?.onRequest?.(asking)).toEqual({ status: 204, headers: { vary: 'Origin' } });
    expect(error).toHaveBeenCalledWith({ err: fault }, expect.any(String));
    const origins = () => {
      throw fault;
    };
    expect(actual({ origins }, page)).toEqual({ vary: 'Origin' });
  });

  it('include null only when it is named', () => {
    expect(reads([page], 'null')).toBe(false);
    expect(reads([/.*/], 'null')).toBe(false);
    expect(reads(() => true, 'null')).toBe(false);
    expect(reads([page, 'null'], 'null')).toBe(true);
  });
});

describe('mistakes at the start', () => {
  it.each<[string, CorsOptions]>([
    ['plugins.cors.credentials', { origins: '*', credentials: true }],
    ['plugins.cors.credentials', { origins: [/https:.*/], credentials: true }],
    ['plugins.cors.origins', { origins: [] }],
    ['plugins.cors.origins[1]', { origins: [page, `${page}/`] }],
    ['plugins.cors.origins[0]', { origins: ['*'] }],
    ['plugins.cors.origins[0]', { origins: ['https://*.example.org'] }],
    ['plugins.cors.origins[0]', { origins: ['https://APP.example.org'] }],
    ['plugins.cors.origins[0]', { origins: ['https://app.example.org:443'] }],
    ['plugins.cors.origins[0]', { origins: ['app.example.org'] }],
    ['plugins.cors.methods', { origins: [page], methods: ['get'] }],
    ['plugins.cors.methods', { origins: [page], methods: ['*'] }],
    ['plugins.cors.headers', { origins: [page], headers: ['X Y'] }],
    ['plugins.cors.headers', { origins: [page], headers: ['*'] }],
    ['plugins.cors.exposedHeaders', { origins: [page], exposedHeaders: ['a\r\nb'] }],
    ['plugins.cors.maxAge', { origins: [page], maxAge: -1 }],
  ])('stop it with their place: %s', (path, options) => {
    expect(() => cors(options)).toThrow(ConfigurationError);
    expect(() => cors(options)).toThrow(path);
  });
});
