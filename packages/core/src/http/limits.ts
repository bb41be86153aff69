/** Bounds of what the core reads; every one can be set for an API, those of bodies for a route too. */
export interface HttpLimits {
  /** Most characters of a request target: 8192. */
  readonly target: number;
  /** Most characters of all header names and values together: 16 384. */
  readonly headers: number;
  /** Most bytes of a body: 1 MiB. */
  readonly body: number;
  /** Milliseconds a body may take to arrive: 30 000. */
  readonly bodyTimeout: number;
  readonly json: JsonLimits;
  /** Most fields of a form: 1000. */
  readonly formFields: number;
}

/** Bounds of one JSON document. */
export interface JsonLimits {
  /** How deep objects and lists may nest: 32. */
  readonly depth: number;
  /** Most keys of all its objects together: 10 000. */
  readonly keys: number;
  /** Most commas, lists and objects in it: what it has of values, wherever they stand. 100 000. */
  readonly values: number;
}

/** The bounds that hold where a descriptor says nothing else. */
export const defaultLimits: HttpLimits = Object.freeze({
  target: 8192,
  headers: 16_384,
  body: 1_048_576,
  bodyTimeout: 30_000,
  json: Object.freeze({ depth: 32, keys: 10_000, values: 100_000 }),
  formFields: 1000,
});
