import { parseForm, parseJson, parseMediaType, type ReadBody, SallyportError } from '@sallyport/core';
import { readMultipart } from './multipart.ts';

/** How a body may carry the parameters of a token request. */
export type BodyWay = 'form' | 'json' | 'multipart';

/** The parameters that a token request's body carries; the names that are not of OAuth are left out. */
export type TokenParameters = Partial<Record<ParameterName, string>>;
const names = [
  'grant_type',
  'client_id',
  'client_secret',
  'scope',
  'token',
  'client_assertion',
  'client_assertion_type',
] as const;
type ParameterName = (typeof names)[number];

/** A body that the core could read. */
export type ReadableBody = Exclude<ReadBody, { readonly kind: 'unreadable' }>;

export type TokenBody =
  | { readonly kind: 'none' }
  /** There is one, and nothing can be made of it. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** `multipart` is another way to send a form. */
  | { readonly kind: 'form' | 'json'; readonly way: BodyWay; readonly parameters: TokenParameters };

const jsonLimits = { depth: 4, keys: 32, values: 200 };
const mostFields = 32;

/**
 * Reads the body in the first way that its content type allows. Repeated parameters make it unreadable (R7); empty ones
 * of a form count as left out (R8), those of JSON are as they are.
 */
export async function readTokenBody(body: ReadableBody, ways: readonly BodyWay[]): Promise<TokenBody> {
  // Bodies that a host had parsed before they came to us.
  if (body.kind === 'form') return ways.includes('form') ? fromFields(body.fields, 'form') : unreadable(ways);
  if (body.kind === 'json') return ways.includes('json') ? fromJson(body.value) : unreadable(ways);
  if (body.kind === 'none' || body.bytes.byteLength === 0) return { kind: 'none' };

  const media = body.contentType === undefined ? undefined : parseMediaType(body.contentType);
  try {
    if (media?.type === 'application/x-www-form-urlencoded') {
      const charset = media.parameters.charset?.toLowerCase() ?? 'utf-8';
      return ways.includes('form') && charset === 'utf-8'
        ? fromFields(parseForm(body.bytes, mostFields), 'form')
        : unreadable(ways);
    }
    if (media?.type === 'multipart/form-data') {
      if (!ways.includes('multipart')) return unreadable(ways);
      return fromFields(await readMultipart(body.contentType ?? '', body.bytes), 'multipart');
    }
    if (ways.includes('json')) return fromJson(parseJson(body.bytes, jsonLimits));
    return unreadable(ways);
  } catch (error) {
    if (error instanceof SallyportError && error.code !== 'malformed_body') throw error;
    return { kind: 'unreadable', why: 'The body could not be read.' };
  }
}

/** The media type of each way. */
export const bodyTypes: Readonly<Record<BodyWay, string>> = {
  form: 'application/x-www-form-urlencoded',
  json: 'application/json',
  multipart: 'multipart/form-data',
};

/** What a body is answered that comes in another way than these. */
export function unreadable(ways: readonly BodyWay[]): TokenBody & { readonly kind: 'unreadable' } {
  return { kind: 'unreadable', why: `The body must be ${ways.map((way) => bodyTypes[way]).join(' or ')}.` };
}

function fromFields(fields: readonly (readonly [name: string, value: string])[], way: BodyWay): TokenBody {
  const parameters: TokenParameters = {};
  const seen = new Set<string>();
  for (const [name, value] of fields) {
    // `client_id[]` is a list to some parsers: a repetition in another spelling.
    const known = names.find((one) => one === name || name.startsWith(`${one}[`));
    if (seen.has(name) || (known !== undefined && known !== name)) {
      return { kind: 'unreadable', why: 'A parameter is repeated.' };
    }
    seen.add(name);
    if (known !== undefined && value !== '') parameters[known] = value;
  }
  return { kind: 'form', way, parameters };
}

function fromJson(value: unknown): TokenBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'unreadable', why: 'The body must be a JSON object.' };
  }
  const parameters: TokenParameters = {};
  for (const name of names) {
    if (!Object.hasOwn(value, name)) continue;
    const member: unknown = (value as Record<string, unknown>)[name];
    if (typeof member !== 'string') return { kind: 'unreadable', why: 'Parameters must be strings.' };
    parameters[name] = member;
  }
  return { kind: 'json', way: 'json', parameters };
}
