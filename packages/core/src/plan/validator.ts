import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ConfigurationError, type Issue, type IssueCode, type IssueLocation } from '../errors/index.ts';
import { canonicalTimestamp, isCalendarDate } from '../query/calendar.ts';
import type { JsonSchema } from '../road/route.ts';

/** Checks a value; answers what is wrong with it, nothing when it is right. */
export type Validator = (value: unknown) => readonly Issue[];

const codes: Readonly<Record<string, IssueCode>> = {
  required: 'required',
  type: 'type',
  enum: 'enum',
  const: 'const',
  pattern: 'pattern',
  format: 'format',
  minimum: 'minimum',
  exclusiveMinimum: 'minimum',
  maximum: 'maximum',
  exclusiveMaximum: 'maximum',
  multipleOf: 'type',
  minLength: 'too_short',
  maxLength: 'too_long',
  minItems: 'too_few',
  maxItems: 'too_many',
  minProperties: 'too_few',
  maxProperties: 'too_many',
  uniqueItems: 'duplicate',
  additionalProperties: 'unknown',
  unevaluatedProperties: 'unknown',
};

const messages: Readonly<Partial<Record<IssueCode, string>>> = {
  required: 'This member is required.',
  unknown: 'This member is not accepted.',
  duplicate: 'The items must differ from one another.',
};

/**
 * Base64 with its padding (RFC 4648 section 4). Groups of four are counted, not matched: an expression that repeats a
 * group overflows its stack on some megabytes.
 */
const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

/** Formats of which the package lets pass what no column holds: the year 0, leap seconds, `urn:uuid:`. */
const storable: Readonly<Record<string, (text: string) => boolean>> = {
  byte: isBase64,
  date: isCalendarDate,
  // Digits behind the microsecond are let through, and lost.
  'date-time': (text) =>
    /T.*(?:Z|[+-][0-9]{2}:[0-9]{2})$/i.test(text) &&
    canonicalTimestamp(text.toUpperCase().replace(/(\.[0-9]{6})[0-9]{1,6}/, '$1')) !== undefined,
  uuid: (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};

/** Most issues that one answer lists. */
const MOST_ISSUES = 50;

/** Compiles the JSON Schemas of one API: the same that its documents show, so that the two cannot differ. */
export class Validators {
  readonly #ajv: Ajv2020;

  constructor() {
    this.#ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, messages: true, ownProperties: true });
    // The package is CommonJS; its function is the default export's default for some loaders.
    const add = (formats as unknown as { default?: typeof formats.default }).default ?? formats;
    (add as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    for (const [name, validate] of Object.entries(storable)) this.#ajv.addFormat(name, { type: 'string', validate });
  }

  /** @throws ConfigurationError when the schema itself is wrong */
  compile(schema: JsonSchema, location: IssueLocation, place: string): Validator {
    let validate: ValidateFunction;
    try {
      validate = this.#ajv.compile(schema);
    } catch (error) {
      throw new ConfigurationError(place, `the schema does not compile: ${(error as Error).message}`);
    }
    return (value) => {
      if (validate(value)) return [];
      return summarised(validate.errors ?? [])
        .slice(0, MOST_ISSUES)
        .map((error) => issueOf(error, location));
    };
  }
}

/** Leaves out what went wrong inside the alternatives of an `anyOf`: the alternative as a whole is what failed. */
function summarised(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return errors.filter(
    (error) => !alternatives.some((whole) => whole !== error && error.schemaPath.startsWith(`${whole.schemaPath}/`)),
  );
}

/** Types of JSON Schema as they are said. */
const typeWords: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a text',
};

/** `an object or null`. */
function inWords(types: unknown): string {
  const words = [types].flat().map((type) => typeWords[String(type)] ?? String(type));
  return words.length > 2 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join(' or ');
}

function issueOf(error: ErrorObject, location: IssueLocation): Issue {
  const code = codes[error.keyword] ?? 'type';
  const params = error.params as Readonly<Record<string, unknown>>;
  const path: (string | number)[] = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : step));
  const named = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  if (typeof named === 'string') path.push(named);
  const expected =
    params.type ?? params.allowedValues ?? params.allowedValue ?? params.format ?? params.pattern ?? params.limit;
  return {
    in: location,
    path,
    code,
    message:
      messages[code] ??
      (error.keyword === 'type' ? `This must be ${inWords(params.type)}.` : `This ${error.message ?? 'is not valid'}.`),
    ...(expected === undefined ? {} : { expected }),
    input: code === 'unknown' ? undefined : error.data,
  };
}
