import type { AuthenticationStrategy, Plugin, PluginSetup } from '@sallyport/core';

/** The only strategy of a plugin, as an API would be given it. */
export function strategyOf({ strategies }: Plugin, setup: PluginSetup): AuthenticationStrategy {
  const [strategy] = typeof strategies === 'function' ? strategies(setup) : (strategies ?? []);
  if (strategy === undefined) throw new Error('the plugin has no strategy');
  return strategy;
}
