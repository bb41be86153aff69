import { describe, expect, it } from 'vitest';
import { SallyportError } from '../errors/index.ts';
import { instanceOf, problemBody } from './problem.ts';

const id = '3F2504E0-4F89-41D3-9A0C-0305E82C3301';

describe('problemBody', () => {
  it('is a problem document', () => {
    expect(problemBody(new SallyportError('not_found'), id)).toEqual({
      type: 'https://sallyport.dev/problems/not_found',
      title: 'Not found',
      status: 404,
      detail: 'Not found',
      instance: 'urn:uuid:3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      code: 'not_found',
    });
  });

  it('points at the faults of the input and never echoes it', () => {
    const error = new SallyportError('invalid_body', {
      issues: [
        {
          in: 'body',
          path: ['a/b', 0, '~'],
          code: 'type',
          message: 'Must be a text.',
          expected: 'string',
          input: 'secret',
        },
      ],
      cause: new Error('secret'),
      facts: { limit: 'secret' },
    });
    const problem = problemBody(error, id);
    expect(problem.errors).toEqual([{ pointer: '/a~1b/0/~0', in: 'body', code: 'type', detail: 'Must be a text.' }]);
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('takes another base of types, and codes that are not of the core', () => {
    const error = new SallyportError('acme: out of stock', {
      status: 409,
      title: 'Out of stock',
      detail: 'None left.',
    });
    expect(problemBody(error, id, { typeBase: 'urn:acme:error:' })).toMatchObject({
      type: 'urn:acme:error:acme%3A%20out%20of%20stock',
      title: 'Out of stock',
      status: 409,
      detail: 'None left.',
    });
  });

  it('names the occurrence by a URI, whatever the id', () => {
    expect(instanceOf('req-12345678')).toBe('urn:request:req-12345678');
    expect(() => new URL(instanceOf('a b"\n'))).not.toThrow();
  });
});
