import { type JsonSchema, parseMediaType } from '@sallyport/core';
import type { Mismatch } from './conformance-error.ts';
import type { ReceivedResponse } from './conforming.ts';
import type { DocumentedResponse } from './documented.ts';
import type { ResponseValidators } from './validators.ts';

/** Everything in which a response is not as it is declared. */
export function mismatchesOf(
  expected: DocumentedResponse | undefined,
  method: string,
  response: ReceivedResponse,
  validators: ResponseValidators,
): readonly Mismatch[] {
  if (expected === undefined) return [{ part: 'status', pointer: '', message: `${response.status} is not declared` }];
  return [
    ...headerMismatches(expected, response, validators),
    ...bodyMismatches(expected, method, response, validators),
  ];
}

function headerMismatches(
  { headers }: DocumentedResponse,
  response: ReceivedResponse,
  validators: ResponseValidators,
): readonly Mismatch[] {
  return headers.flatMap(({ name, required, schema }) => {
    const value = response.headers[name];
    const part = `header ${name}`;
    if (value === undefined) return required ? [{ part, pointer: '', message: 'is missing' }] : [];
    const text = typeof value === 'string' ? value : value.join(', ');
    return validators.judge(schema.type === 'integer' || schema.type === 'number' ? Number(text) : text, schema, part);
  });
}

function bodyMismatches(
  { content }: DocumentedResponse,
  method: string,
  { status, headers, text }: ReceivedResponse,
  validators: ResponseValidators,
): readonly Mismatch[] {
  if (method === 'HEAD' || status === 204 || status === 304) {
    return text === '' ? [] : [{ part: 'body', pointer: '', message: 'must not be there' }];
  }
  if (content === undefined) return [];
  if (content.size === 0) return text === '' ? [] : [{ part: 'body', pointer: '', message: 'is not declared' }];
  const sent = String(headers['content-type'] ?? '');
  const type = parseMediaType(sent)?.type;
  const schema =
    type === undefined
      ? undefined
      : (content.get(type) ?? content.get(`${type.split('/', 1)[0]}/*`) ?? content.get('*/*'));
  if (type === undefined || schema === undefined) {
    const declared = [...content.keys()].join(', ');
    return [
      {
        part: 'content-type',
        pointer: '',
        message: `${sent === '' ? 'none' : sent} is not declared, only ${declared}`,
      },
    ];
  }
  if (type === 'application/x-ndjson') {
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.flatMap((line, index) => jsonMismatches(line, schema, `line ${index + 1}`, validators));
  }
  return type === 'application/json' || type.endsWith('+json') ? jsonMismatches(text, schema, 'body', validators) : [];
}

function jsonMismatches(
  text: string,
  schema: JsonSchema,
  part: string,
  validators: ResponseValidators,
): readonly Mismatch[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return [{ part, pointer: '', message: `is not JSON: ${(error as Error).message}` }];
  }
  return validators.judge(value, schema, part);
}
