import {
  ConfigurationError,
  definePlugin,
  isToken,
  knownOptions,
  type ParameterFault,
  type Plugin,
  type ResourcePlan,
} from '@sallyport/core';
import { extensionDialect } from './dialect.ts';

export interface ExtensionsOptions {
  /** The parameter of searches, reads and writes that names the extensions to show. Default `_extensions`. */
  readonly parameter?: string;
  /** Words the refusal of `<key>.<name>` where the extension `key` of the resource has nothing to search by of this name. */
  readonly parameterFault?: (parameter: string, resource: ResourcePlan) => ParameterFault;
}

/**
 * Lets callers ask for extensions, that {@link extensible} has put into resources: these need it.
 *
 * @throws ConfigurationError when the parameter's name is none or is taken, and for another option
 * @see docs/guides/extensions.md
 */
export function extensions(options: ExtensionsOptions = {}): Plugin {
  knownOptions('plugins.extensions', options, { parameter: true, parameterFault: true });
  const { parameter = '_extensions', parameterFault } = options;
  if (!isToken(parameter)) throw new ConfigurationError('plugins.extensions.parameter', `"${parameter}" is no name`);
  return definePlugin({
    name: 'extensions',
    query: (dialect) => extensionDialect(dialect, parameter, parameterFault),
  });
}
