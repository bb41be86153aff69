import { SallyportError } from '../errors/index.ts';
import type { ReadBody } from './body.ts';
import { decodeUtf8 } from './json.ts';
import { defaultLimits } from './limits.ts';
import { decodePairs, type Pair } from './pairs.ts';

/**
 * Reads a body of type `application/x-www-form-urlencoded`: flat pairs in order, repetitions kept, escapes decoded as
 * strict UTF-8.
 *
 * @throws SallyportError `malformed_body`
 */
export function parseForm(bytes: Uint8Array, most: number = defaultLimits.formFields): Pair[] {
  return decodePairs(
    decodeUtf8(bytes, (fault) => malformedForm(fault.message)),
    malformedForm,
    most,
  );
}

/** The fields that a body holds: of a form, or of bytes that are read as one whatever their type. */
export function fieldsOf(body: ReadBody): readonly Pair[] {
  if (body.kind === 'form') return body.fields;
  return body.kind === 'bytes' ? parseForm(body.bytes) : [];
}

/** Refuses a form. */
export function malformedForm(detail: string): never {
  throw new SallyportError('malformed_body', {
    detail,
    issues: [{ in: 'body', path: [], code: 'format', message: detail }],
  });
}
