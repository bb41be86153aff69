import {
  ConfigurationError,
  invalidParameter,
  type ParameterDefinition,
  type QueryDialect,
  type RepresentationRequest,
  type ResourcePlan,
  type RouteCall,
} from '@sallyport/core';
import { extensionsOf } from './described.ts';
import type { ExtensionsOptions } from './extensions.ts';

/**
 * A dialect with a parameter that names the extensions to show: those that it does not know it passes over. A search by a
 * field that an extension has not is refused however lenient the API is: it would find more than was asked for.
 */
export function extensionDialect(
  dialect: QueryDialect,
  parameter: string,
  faultOf: ExtensionsOptions['parameterFault'],
): QueryDialect {
  const definitionsOf = (plan: ResourcePlan, own: readonly ParameterDefinition[]): readonly ParameterDefinition[] => {
    const extensions = extensionsOf(plan);
    if (extensions.length === 0) return own;
    if (own.some(({ name }) => name === parameter)) {
      throw new ConfigurationError(
        'plugins.extensions.parameter',
        `${plan.place} has a parameter "${parameter}" already`,
      );
    }
    const keys = extensions.map(({ extension: { key } }) => key).join(', ');
    const description = `Extensions to show, by key, URL or name, separated by commas, or \`*\` for all: ${keys}.`;
    return [...own, { name: parameter, description, schema: { type: 'string' } }];
  };

  /** The extensions that a call asks for, each as an expansion of its field. */
  const askedBy = ({ parameters }: RouteCall, plan: ResourcePlan): readonly string[] => {
    const { [parameter]: text } = parameters;
    if (typeof text !== 'string' || text === '') return [];
    const names = new Set(text.split(',').map((name) => name.trim()));
    return extensionsOf(plan)
      .filter(({ extension: { key, url, name } }) => [key, url, name, '*'].some((each) => names.has(each)))
      .map(({ field, extension: { key } }) => `${field}.${key}`);
  };

  const withAsked = <T extends RepresentationRequest>(request: T, call: RouteCall, plan: ResourcePlan): T => {
    const asked = askedBy(call, plan);
    return asked.length === 0 ? request : { ...request, expand: [...request.expand, ...asked] };
  };

  const refuseStrays = ({ query }: RouteCall, plan: ResourcePlan): void => {
    const keys = new Set(extensionsOf(plan).map(({ extension: { key } }) => key));
    const strays = query.filter(([name]) => {
      const [key = '', field] = name.split('.', 2);
      // What has brackets is a filter, and its plugin's to refuse.
      return field !== undefined && keys.has(key) && !name.includes('[');
    });
    if (strays.length === 0) return;
    const known = new Set(dialect.searchParameters(plan).map(({ name }) => name));
    const stray = strays.find(([name]) => !known.has(name))?.[0];
    if (stray === undefined) return;
    throw invalidParameter(stray, 'this extension is not searched by it', faultOf?.(stray, plan), { code: 'unknown' });
  };

  return {
    name: dialect.name,
    names: dialect.names,
    ...(dialect.searchBody === undefined ? {} : { searchBody: dialect.searchBody }),
    readParameters: (plan) => definitionsOf(plan, dialect.readParameters(plan)),
    searchParameters: (plan) => definitionsOf(plan, dialect.searchParameters(plan)),
    representation: (call, plan) => withAsked(dialect.representation(call, plan), call, plan),
    async search(call, plan) {
      refuseStrays(call, plan);
      const request = withAsked(await dialect.search(call, plan), call, plan);
      if (extensionsOf(plan).length === 0) return request;
      // In the order in which they were sent.
      const others = new Set(request.carried);
      const sent = call.query.filter((pair) => pair[0] === parameter || others.has(pair));
      const rest = request.carried.filter((pair) => !sent.includes(pair));
      return { ...request, carried: [...sent, ...rest] };
    },
  };
}
