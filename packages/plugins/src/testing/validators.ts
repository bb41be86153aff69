import type { JsonSchema } from '@sallyport/core';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { OpenAPIObject } from 'openapi3-ts/oas31';
import type { Mismatch } from './conformance-error.ts';

/** Most mismatches that are told of one response. */
const MOST_MISMATCHES = 20;

/** Validates values against the schemas of a document, each compiled when it is first needed. */
export class ResponseValidators {
  readonly #ajv: Ajv2020;
  readonly #components: unknown;
  readonly #compiled = new Map<JsonSchema, ValidateFunction>();

  constructor({ components = {} }: OpenAPIObject) {
    this.#components = components;
    this.#ajv = new Ajv2020({ allErrors: true, strict: false, ownProperties: true });
    // The package is CommonJS; its function is the default export's default for some loaders.
    const add = (formats as unknown as { default?: typeof formats.default }).default ?? formats;
    (add as unknown as (ajv: Ajv2020) => void)(this.#ajv);
  }

  /** What is wrong with a value; nothing when it is right. */
  judge(value: unknown, schema: JsonSchema, part: string): readonly Mismatch[] {
    let validate = this.#compiled.get(schema);
    if (validate === undefined) {
      // References of the document are resolved against the root, which holds its components.
      validate = this.#ajv.compile({ allOf: [schema], components: this.#components });
      this.#compiled.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, MOST_MISMATCHES).map(({ instancePath, message = 'is wrong', params }) => ({
      part,
      pointer: instancePath,
      message: `${message} ${JSON.stringify(params)}`,
    }));
  }
}
