import { ConfigurationError } from '../errors/index.ts';
import type { Plugin } from './plugin.ts';

/**
 * Puts plugins in an order that `before` and `after` ask for; among equals, the order that they were given in.
 *
 * @throws ConfigurationError for a function that was not called, two of one name, a missing requirement, or a cycle
 */
export function orderPlugins(plugins: readonly Plugin[]): readonly Plugin[] {
  const byName = new Map<string, Plugin>();
  for (const [index, plugin] of plugins.entries()) {
    // A function has a name, and so passes for a plugin of which everything else is absent.
    const { name } = plugin;
    if (typeof plugin === 'function') {
      throw new ConfigurationError(`plugins[${index}]`, `${name} is a function: call it, ${name}(…)`);
    }
    if (byName.has(plugin.name)) throw new ConfigurationError(`plugins.${plugin.name}`, 'there are two of this name');
    byName.set(plugin.name, plugin);
  }
  const predecessors = new Map<string, Set<string>>(plugins.map(({ name }) => [name, new Set<string>()]));
  for (const { name, requires = [], before = [], after = [] } of plugins) {
    for (const other of requires) {
      if (!byName.has(other)) throw new ConfigurationError(`plugins.${name}`, `needs the plugin "${other}"`);
    }
    for (const other of before) predecessors.get(other)?.add(name);
    for (const other of after) if (byName.has(other)) predecessors.get(name)?.add(other);
  }
  const ordered: Plugin[] = [];
  const placed = new Set<string>();
  while (ordered.length < plugins.length) {
    const next = plugins.find(
      ({ name }) => !placed.has(name) && [...(predecessors.get(name) ?? [])].every((other) => placed.has(other)),
    );
    if (next === undefined) {
      const stuck = plugins.filter(({ name }) => !placed.has(name)).map(({ name }) => name);
      throw new ConfigurationError('plugins', `before and after contradict each other among ${stuck.join(', ')}`);
    }
    placed.add(next.name);
    ordered.push(next);
  }
  return ordered;
}
