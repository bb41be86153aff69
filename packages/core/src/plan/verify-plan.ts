import { ConfigurationError } from '../errors/index.ts';
import type { CompiledMember } from '../fields/members.ts';
import type { ResourcePlan } from './resource-plan.ts';

/**
 * Search parameters tell of fields that there are: who may not see them is kept from the parameter by their names.
 *
 * @throws ConfigurationError with the place of the parameter
 */
export function verifyReveals({ descriptor, members, place, keyName }: ResourcePlan): void {
  for (const [name, { reveals = [] }] of Object.entries(descriptor.parameters ?? {})) {
    for (const path of reveals) {
      const [first = '', part] = path.split('.', 2);
      if (first === keyName && part === undefined) continue;
      const member = members.find((one) => one.name === first && one.rules.read !== false);
      if (member === undefined) {
        throw new ConfigurationError(`${place}.parameters.${name}`, `there is no readable field "${first}"`);
      }
      const { parts } = member.codec;
      if (part !== undefined && parts !== undefined && !parts.includes(part)) {
        throw new ConfigurationError(`${place}.parameters.${name}`, `the field "${first}" has no part "${part}"`);
      }
    }
  }
}

/** @throws ConfigurationError for a field whose codec needs a plugin that the API has not */
export function verifyNeeds(members: readonly CompiledMember[], plugins: ReadonlySet<string>, place: string): void {
  for (const { name, codec } of members) {
    const { needs } = codec;
    if (needs === undefined || plugins.has(needs)) continue;
    throw new ConfigurationError(`${place}.${name}`, `this field needs the plugin "${needs}"`);
  }
}
