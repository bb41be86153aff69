import type { ErrorWordings } from '../descriptor/errors.ts';
import { SallyportError } from '../errors/index.ts';
import type { CallContext } from './call.ts';

/** Whatever was thrown, as an error that may be shown: everything unforeseen is `internal` and keeps its cause for the log. */
export function asSallyportError(thrown: unknown): SallyportError {
  return thrown instanceof SallyportError ? thrown : new SallyportError('internal', { cause: thrown });
}

/** The error in the words of its resource, or of the API. */
export function reworded(
  error: SallyportError,
  call: CallContext | undefined,
  wordings: readonly (ErrorWordings<string> | undefined)[],
): SallyportError {
  for (const wording of wordings) {
    const own = wording?.[error.code];
    if (own === undefined) continue;
    const said = typeof own === 'function' ? own(error, call) : own;
    if (said instanceof SallyportError) return said;
    return new SallyportError(said.code ?? error.code, {
      status: said.status ?? error.status,
      title: said.title ?? error.title,
      detail: said.detail ?? error.detail,
      issues: error.issues,
      headers: error.headers,
      facts: error.facts,
      cause: error.cause ?? error,
      ...(error.resource === undefined ? {} : { resource: error.resource }),
    });
  }
  return error;
}
