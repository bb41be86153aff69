import {
  type CustomParameter,
  customParameter,
  isCalendarDate,
  type JsonSchema,
  operandOfText,
  type ParameterFault,
  parseToken,
  where,
} from '@sallyport/core';
import type { Extension, ExtensionField } from './declaration.ts';
import { instantOf } from './kinds.ts';

/** How a text is read that a field is compared with. */
interface Form {
  /** What is looked for among what is stored; undefined for a text that is no value. */
  readonly parse: (text: string) => unknown;
  /** What is expected, for refusals. */
  readonly told: string;
  /** The same for documents. */
  readonly schema: JsonSchema;
}

const ofText = { type: 'string' } as const;

function formOf(field: ExtensionField): Form {
  switch (field.kind) {
    case 'text':
      return { parse: (text) => text, told: 'a text', schema: ofText };
    case 'integer':
    case 'number': {
      const whole = field.kind === 'integer';
      const parse = (text: string) => {
        const value = operandOfText({ type: 'number' }, text);
        return whole && !Number.isSafeInteger(value) ? undefined : value;
      };
      return { parse, told: whole ? 'a whole number' : 'a number', schema: { type: field.kind } };
    }
    case 'boolean':
      return {
        parse: (text) => operandOfText({ type: 'boolean' }, text),
        told: 'true or false',
        schema: { type: 'boolean' },
      };
    case 'date':
      return {
        parse: (text) => (isCalendarDate(text) ? text : undefined),
        told: 'YYYY-MM-DD',
        schema: { ...ofText, format: 'date' },
      };
    case 'timestamp':
      return { parse: instantOf, told: 'YYYY-MM-DDTHH:MM:SSZ', schema: { ...ofText, format: 'date-time' } };
    case 'choice':
      return {
        parse: (text) => (field.values.includes(text) ? text : undefined),
        told: `one of ${field.values.join(', ')}`,
        schema: { ...ofText, enum: field.values },
      };
    case 'code': {
      const { system } = field;
      const parse = (text: string) => {
        const token = text.includes('|') ? parseToken(text) : { system, value: text };
        return token && { system: token.system, code: token.value };
      };
      return { parse, told: 'a code, or system|code', schema: ofText };
    }
    case 'reference':
      return { parse: (text) => text, told: 'a name', schema: ofText };
  }
}

const hasMany = (field: ExtensionField): boolean => 'many' in field && field.many === true;

/** Where searched extensions stand. */
export interface SearchedField {
  readonly resource: string;
  readonly property: string;
  /** Name of the field in the descriptor. */
  readonly field: string;
  readonly parameterFault?: ((parameter: string, form: string) => ParameterFault) | undefined;
}

/**
 * The parameters of an extension's searchable fields. One comparison of the whole column serves all of them, so that one
 * index does. Who may not see the extension of a record does not find the record by it.
 */
export function parametersOf(
  { key, fields }: Extension,
  { resource, property, field: own, parameterFault }: SearchedField,
): readonly (readonly [name: string, parameter: CustomParameter<NonNullable<unknown>>])[] {
  return fields
    .filter(({ field }) => field.search === true)
    .map(({ name, field }) => {
      const { parse, told, schema } = formOf(field);
      const parameter = `${key}.${name}`;
      const error = parameterFault?.(parameter, told);
      const declared = customParameter<NonNullable<unknown>>({
        repeat: 'last',
        description: field.description ?? `Equal to ${name} of the extension ${key}: ${told}.`,
        schema,
        reveals: [own, `${own}.${key}`],
        ...(error === undefined ? {} : { error }),
        parse: (text) => parse(text) ?? undefined,
        matches(value, call) {
          const on = where<Readonly<Record<string, unknown>>>(call.records(resource).plan.model);
          return on.holds(property, { [key]: { [name]: hasMany(field) ? [value] : value } });
        },
      });
      return [parameter, declared] as const;
    });
}
