import { ConfigurationError } from '../errors/index.ts';
import { hasControl, isForbiddenName } from './characters.ts';
import { decodePercent } from './percent.ts';

/** One segment of a template. The text of a literal is decoded. */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string };

/** A path template taken apart. */
export interface Template {
  /** As it was written. */
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
  /** Where in the path each parameter stands. */
  readonly parameters: readonly (readonly [index: number, name: string])[];
}

const parameterName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads `/group/{id}/$add-member`: segments that are literal or one whole parameter. `/` alone is the root.
 *
 * @throws ConfigurationError for a template that no path could match, or that is ambiguous
 */
export function parseTemplate(text: string): Template {
  const fail = (message: string): never => {
    throw new ConfigurationError(`routes[${text}]`, message);
  };
  if (!text.startsWith('/')) return fail('a path begins with a slash');
  const pieces = text === '/' ? [] : text.slice(1).split('/');
  const parameters: (readonly [number, string])[] = [];
  const segments = pieces.map((piece, index): TemplateSegment => {
    if (piece === '') return fail('a path has no empty segment and no slash at its end');
    if (piece.startsWith('{') && piece.endsWith('}')) {
      const name = piece.slice(1, -1);
      if (!parameterName.test(name) || isForbiddenName(name)) return fail(`"${name}" cannot name a parameter`);
      if (parameters.some(([, other]) => other === name)) return fail(`the parameter "${name}" occurs twice`);
      parameters.push([index, name]);
      return { kind: 'parameter', name };
    }
    const literal = decodePercent(piece);
    if (literal === undefined || hasControl(literal)) return fail(`"${piece}" has a bad percent-escape`);
    if (/[{}?#]/.test(piece)) return fail(`"${piece}" is neither a literal segment nor one whole {parameter}`);
    if (literal === '.' || literal === '..') return fail('clients remove dot segments before they send a path');
    return { kind: 'literal', text: literal };
  });
  return { text, segments, parameters };
}
