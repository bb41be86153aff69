import { ConfigurationError, definePlugin, isToken, type Plugin } from '@sallyport/core';
import { extensionDialect } from './dialect.ts';

export interface ExtensionsOptions {
  /** The parameter of searches, reads and writes that names the extensions to show. Default `_extensions`. */
  readonly parameter?: string;
}

/**
 * Lets callers ask for extensions, that {@link extensible} has put into resources: without it they are written and never
 * shown.
 *
 * @throws ConfigurationError when the parameter's name is none or is taken
 * @see docs/guides/extensions.md
 */
export function extensions({ parameter = '_extensions' }: ExtensionsOptions = {}): Plugin {
  if (!isToken(parameter)) throw new ConfigurationError('plugins.extensions.parameter', `"${parameter}" is no name`);
  return definePlugin({
    name: 'extensions',
    query: (dialect) => extensionDialect(dialect, parameter),
  });
}
