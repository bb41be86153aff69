import {
  anonymous,
  createServices,
  type Outcome,
  type Plugin,
  type PluginSetup,
  type ReadBody,
  type RequestHead,
  type RouteCall,
} from '@sallyport/core';

/** What a plugin is given, without an API around it. */
export function testSetup(name = 'test'): PluginSetup {
  return { services: createServices(), api: { name, basePath: '/api' } };
}

export interface TokenCall {
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly authorization?: string;
  readonly address?: string;
  readonly secure?: boolean;
  readonly now?: Date;
  readonly query?: readonly (readonly [string, string])[];
}

/** The parts of a raw answer that tests look at. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export const start = new Date('2026-05-04T10:00:00.000Z');
export const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

export function head(headers: Record<string, string>, call: TokenCall = {}): RequestHead {
  return {
    method: 'POST',
    path: '/oauth/token',
    query: call.query ?? [],
    rawQuery: '',
    headers,
    clientAddress: call.address ?? '192.0.2.7',
    secure: call.secure ?? true,
  };
}

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };

type RoutesPlan = Parameters<NonNullable<Plugin['routes']>>[0];

/** Runs the only route of a plugin, as the road would. */
export function caller(plugin: Plugin, setup: PluginSetup): (call: TokenCall) => Promise<Answer> {
  // The token endpoint does not look at the plan.
  const [route] = plugin.routes?.({} as RoutesPlan, setup) ?? [];
  if (route === undefined) throw new Error('the plugin has no route');
  return async (call) => {
    const headers: Record<string, string> = {};
    if (call.contentType !== undefined) headers['content-type'] = call.contentType;
    if (call.authorization !== undefined) headers.authorization = call.authorization;
    const outcome: Outcome = await route.handle({
      ...unused,
      head: head(headers, call),
      now: call.now ?? start,
      body: bodyOf(call),
      services: setup.services,
    });
    if (outcome.kind !== 'raw' || typeof outcome.body !== 'string') throw new Error('not a raw answer');
    const { status, body } = outcome;
    return { status, headers: { ...outcome.headers }, text: body, json: JSON.parse(body) as Record<string, unknown> };
  };
}

const unused: Omit<RouteCall, 'head' | 'now' | 'body' | 'services'> = {
  id: 'call-1',
  api: 'test',
  resource: undefined,
  operation: 'oauth.token',
  principal: anonymous,
  log,
  departed: false,
  signal: new AbortController().signal,
  state: new Map(),
  params: {},
  query: [],
  parameters: {},
  reader: { read: () => Promise.reject(new Error('unused')), count: () => Promise.reject(new Error('unused')) },
  records: () => {
    throw new Error('unused');
  },
  search: () => Promise.reject(new Error('unused')),
  inside: () => Promise.reject(new Error('unused')),
  readEach: () => Promise.reject(new Error('unused')),
  unit: () => Promise.reject(new Error('unused')),
};

function bodyOf({ body, contentType }: TokenCall): ReadBody {
  if (body === undefined) return { kind: 'none' };
  return { kind: 'bytes', contentType, bytes: typeof body === 'string' ? Buffer.from(body) : body };
}

export const formType = 'application/x-www-form-urlencoded';

export function form(fields: Readonly<Record<string, string>>): TokenCall {
  return { contentType: formType, body: new URLSearchParams(fields).toString() };
}

export function basic(clientId: string, secret: string, encode: (text: string) => string = encodeURIComponent): string {
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`;
}
