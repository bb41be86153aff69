import type { EntityName } from '@mikro-orm/core';
import { type EntityOf, type EntitySource, SallyportError, type ScalarKeys, type WriteContext } from '@sallyport/core';

/** Where the codes of code systems are kept: an entity, and the names of its properties. Made by {@link codesOf}. */
export interface CodeSource {
  readonly entity: EntityName<object>;
  readonly system: string;
  readonly code: string;
  readonly display: string;
  /** A boolean property, false for codes that are no longer to be used. */
  readonly active?: string;
}

/**
 * The codes that extensions may carry.
 *
 * @example codesOf(VocabularyCode, { system: 'system', code: 'code', display: 'display' })
 */
export function codesOf<S extends EntitySource>(
  entity: S,
  properties: {
    readonly system: ScalarKeys<EntityOf<S>>;
    readonly code: ScalarKeys<EntityOf<S>>;
    readonly display: ScalarKeys<EntityOf<S>>;
    readonly active?: ScalarKeys<EntityOf<S>>;
  },
): CodeSource {
  // Both kinds of source are names of entities to MikroORM.
  return { entity: entity as unknown as EntityName<object>, ...properties };
}

/** A code as it is stored, with what it was called when it was written. */
export interface StoredCode {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

/** The code that a body names, of one system. @throws SallyportError `invalid_body` when there is none such */
export async function findCode(
  source: CodeSource,
  system: string,
  sent: { readonly system: string; readonly code: string },
  { unit, path }: WriteContext,
): Promise<StoredCode> {
  const where = {
    [source.system]: system,
    [source.code]: sent.code,
    ...(source.active === undefined ? {} : { [source.active]: true }),
  };
  // What is being written waits: it cannot change codes.
  const found =
    sent.system === system ? await unit.em.findOne(source.entity, where as never, { flushMode: 'commit' }) : null;
  if (found === null) throw invalidPart(path, `There is no such code of ${system}.`, sent);
  const display = (found as Readonly<Record<string, unknown>>)[source.display];
  return { system, code: sent.code, display: String(display) };
}

/** The error of a value that refers to what is not there. */
export function invalidPart(path: WriteContext['path'], message: string, input: unknown): SallyportError {
  return new SallyportError('invalid_body', {
    detail: 'One or more members of the body are not valid.',
    issues: [{ in: 'body', path, code: 'reference', message, input }],
  });
}
