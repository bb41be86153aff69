import {
  type CallContext,
  catalogue,
  type Envelope,
  type ErrorContext,
  type Page,
  SallyportError,
} from '@sallyport/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonRpc, secureApiRepresentation } from './index.ts';

const call = {} as CallContext; // the envelope looks at no part of the call
const context: ErrorContext = { id: '0190c5a2-0000-7000-8000-000000000001', head: undefined, call: undefined };
const envelope: Envelope = jsonRpc();
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });

function matches(schema: object | undefined, value: unknown): boolean {
  return ajv.validate(schema ?? false, JSON.parse(JSON.stringify(value)));
}

const page = (total: number | undefined): Page => ({
  items: [{ id: 'a' }, { id: 'b' }],
  total,
  estimated: false,
  offset: 0,
  limit: 2,
  cursor: undefined,
  links: { self: '/?limit=2', next: '/?limit=2&offset=2', prev: undefined },
});

describe('replies', () => {
  const record = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };

  it('wrap a record', () => {
    const reply = envelope.record({ id: 'a' }, call);
    expect(JSON.stringify(reply)).toBe('{"jsonrpc":"2.0","id":null,"result":{"id":"a"}}');
    expect(matches(envelope.schemas.record(record), reply)).toBe(true);
    expect(matches(envelope.schemas.record(record), { jsonrpc: '2.0', id: null, result: {} })).toBe(false);
  });

  it('wrap a page with the total that match', () => {
    const reply = envelope.page(page(17), call);
    expect(reply).toEqual({ jsonrpc: '2.0', id: null, result: { length: 17, records: [{ id: 'a' }, { id: 'b' }] } });
    expect(matches(envelope.schemas.page(record), reply)).toBe(true);
  });

  it('do not make up a length that nobody counted', () => {
    const reply = envelope.page(page(undefined), call);
    expect(reply).toMatchObject({ result: { length: null } });
    expect(matches(envelope.schemas.page(record), reply)).toBe(true);
  });

  it('answer a create with 200', () => {
    expect(envelope.createdStatus).toBe(200);
  });

  it('answer a delete with what was deleted', () => {
    const reply = envelope.deleted('a', call);
    expect(reply).toEqual({ status: 200, value: { jsonrpc: '2.0', id: null, result: ['a'] } });
    const { status, schema } = envelope.schemas.deleted({ type: 'string' });
    expect(status).toBe(200);
    expect(matches(schema, reply.value)).toBe(true);
  });

  it.each([undefined, null, 0, '', false, [], { a: 1 }])('wrap the result of a method: %j', (value) => {
    const reply = envelope.result(value, call);
    expect(reply).toEqual({ jsonrpc: '2.0', id: null, result: value ?? null });
    expect(Object.keys(reply as object)).toContain('result');
    expect(matches(envelope.schemas.result({}), reply)).toBe(true);
  });
});

describe('errors', () => {
  it('carry code, message and data, and none of the input', () => {
    const error = new SallyportError('invalid_body', {
      detail: 'The body is not valid.',
      issues: [
        {
          in: 'body',
          path: ['lines', 0, 'a/b'],
          code: 'type',
          message: 'must be a number',
          expected: 'number',
          input: 'TOP',
        },
      ],
      facts: { limit: 'TOP' },
      cause: new Error('insert into "TOP" failed'),
    });
    const { status, mediaType, body } = envelope.error(error, context);
    expect({ status, mediaType }).toEqual({ status: 200, mediaType: 'application/json' });
    expect(body).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: 422,
        message: 'The body is not valid.',
        data: {
          name: 'invalid_body',
          issues: [{ pointer: '/lines/0/a~1b', code: 'type', message: 'must be a number' }],
          id: context.id,
        },
      },
    });
    expect(JSON.stringify(body)).not.toContain('TOP');
  });

  const expected: Readonly<Record<string, number>> = {
    malformed_request: 400,
    malformed_target: 400,
    malformed_body: 200,
    malformed_key: 200,
    malformed_filter: 200,
    filter_too_complex: 200,
    invalid_parameter: 200,
    invalid_body: 200,
    unauthenticated: 401,
    invalid_token: 401,
    forbidden: 403,
    insufficient_scope: 403,
    not_found: 404,
    method_not_allowed: 405,
    not_acceptable: 406,
    request_timeout: 408,
    conflict: 200,
    ambiguous_key: 200,
    duplicate: 200,
    still_referenced: 200,
    gone: 410,
    precondition_failed: 200,
    body_too_large: 413,
    target_too_long: 414,
    unsupported_media_type: 415,
    unresolved_reference: 200,
    rule_broken: 200,
    precondition_required: 200,
    too_many_requests: 429,
    headers_too_large: 431,
    internal: 500,
    unavailable: 503,
    timeout: 503,
  };

  it.each(Object.entries(catalogue))('have a decided status: %s', (code, { status, title }) => {
    const rendered = envelope.error(new SallyportError(code), context);
    expect(rendered.status).toBe(expected[code]);
    expect(rendered.body).toMatchObject({ error: { code: status, message: title, data: { name: code, issues: [] } } });
    expect(matches(envelope.schemas.error['application/json'], rendered.body)).toBe(true);
    expect(matches(envelope.schemas.record({ type: 'object' }), rendered.body)).toBe(true);
  });

  it("follow the status of an application's own codes", () => {
    expect(envelope.error(new SallyportError('acme.closed', { status: 409 }), context).status).toBe(200);
    expect(envelope.error(new SallyportError('acme.teapot', { status: 418 }), context).status).toBe(418);
    expect(envelope.error(new SallyportError('acme.unknown'), context).status).toBe(500);
  });
});

describe('the representation of Secure API', () => {
  it('writes unset values in its way', () => {
    expect(secureApiRepresentation).toEqual({
      unset: { string: '', date: '', binary: '', other: null, toOne: [] },
      timestamp: { fraction: 3, suffix: 'Z' },
      expanded: 'pair',
      nulls: 'print',
    });
    expect(Object.isFrozen(secureApiRepresentation.unset.toOne)).toBe(true);
  });
});
