import { type Issue, SallyportError } from '../errors/index.ts';
import { largestOffset } from '../query/paging.ts';
import type { JsonSchema, ParameterDefinition } from '../road/route.ts';
import type { Validators } from './validator.ts';

/** Reads the query's pairs into checked values. @throws SallyportError `invalid_parameter` listing every fault */
export type ParameterReader = (
  pairs: readonly (readonly [name: string, value: string])[],
) => Readonly<Record<string, unknown>>;

/** Text as the value of the schema's type; text that is none stays text, for the validator to refuse. */
function convert(schema: JsonSchema, text: string): unknown {
  switch (schema.type) {
    case 'integer':
      return /^[+-]?[0-9]{1,30}$/.test(text) && fitsBigint(text) ? Number(text) : text;
    case 'number':
      return /^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
}

/** Whether a database could hold it: past 2^53 the number alone no longer tells. */
function fitsBigint(text: string): boolean {
  const value = BigInt(text.replace(/^\+/, ''));
  return value <= largestOffset && value >= -largestOffset - 1n;
}

/** Makes the reader of an operation's declared parameters. A name that ends a list schema gathers its repetitions. */
export function compileParameters(
  definitions: readonly ParameterDefinition[],
  validators: Validators,
  unknownParameters: 'refuse' | 'ignore',
  place: string,
): ParameterReader {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const required = definitions.filter((definition) => definition.required === true).map(({ name }) => name);
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      definitions.map(({ name, schema, deferred }) => [name, deferred === true ? {} : schema]),
    ),
    ...(required.length === 0 ? {} : { required }),
  };
  const validate = validators.compile(schema, 'query', place);
  return (pairs) => {
    const values: Record<string, unknown> = Object.create(null);
    const unknown: Issue[] = [];
    for (const [name, text] of pairs) {
      const definition = byName.get(name);
      if (definition === undefined) {
        if (unknownParameters === 'refuse') {
          unknown.push({ in: 'query', path: [name], code: 'unknown', message: 'This parameter is not accepted.' });
        }
        continue;
      }
      if (definition.deferred === true) values[name] = text;
      else if (definition.schema.type === 'array') {
        const items = (values[name] as unknown[] | undefined) ?? [];
        items.push(convert((definition.schema.items ?? {}) as JsonSchema, text));
        values[name] = items;
      } else values[name] = convert(definition.schema, text);
    }
    const issues = [...unknown, ...validate(values)];
    if (issues.length > 0) {
      throw new SallyportError('invalid_parameter', {
        detail: 'One or more query parameters are not valid.',
        issues,
      });
    }
    return values;
  };
}
