import type { SallyportError } from '@sallyport/core';
import { fault } from '../errors.ts';

/**
 * [D5]: what a body says of extensions cannot be stored. Undefined where something else is wrong with it, too, or the
 * whole of `extension` is: that is told as the schema's.
 */
export function extensionFault({ issues, cause }: SallyportError): SallyportError | undefined {
  const [first] = issues;
  if (first === undefined || !issues.every(({ path }) => path[0] === 'extension' && path.length > 1)) return undefined;
  const [, extension, property] = first.path;
  const facts = { extension: String(extension), property: String(property ?? 'what was sent'), reason: first.message };
  return fault('extension_invalid', facts, { issues, cause });
}
