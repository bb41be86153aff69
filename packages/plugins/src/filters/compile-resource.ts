import {
  type CallContext,
  ConfigurationError,
  knownOptions,
  type OptionNames,
  type ResourcePlan,
} from '@sallyport/core';
import { type CompiledFilter, compileFilter, shapeOf } from './compile-filter.ts';
import type { FilterOperator, FilterPreset, FilterType, ResourceFilters } from './declaration.ts';
import { isForbidden } from './names.ts';
import { declaredNodes, leavesOf, type ParsedNode } from './nodes.ts';
import { columnsOf, conditionOn, operatorsOf } from './operators.ts';
import { readValue } from './values.ts';

/** A preset with all that could be found out at the start. */
export interface CompiledPreset {
  readonly name: string;
  readonly declaration: FilterPreset;
  readonly nodes: readonly ParsedNode[];
  /** Whether there is such a preset for this caller. */
  usableBy(call: CallContext): boolean;
}

/** The filters of a resource, compiled. */
export interface CompiledResource {
  readonly plan: ResourcePlan;
  readonly filters: ReadonlyMap<string, CompiledFilter>;
  readonly presets: ReadonlyMap<string, CompiledPreset>;
  readonly maxComplexity: number;
  readonly maxDepth: number;
  readonly allowCustom: boolean;
  /** The filter of a name, if there is one for this caller. */
  filter(name: string, call: CallContext): CompiledFilter | undefined;
}

const presetName = /^[a-z][a-z0-9_]*$/;
/** Steps that the path of a custom filter may have. */
const longestPath = 8;

const names: OptionNames<ResourceFilters> = {
  filters: true,
  presets: true,
  maxComplexity: true,
  maxDepth: true,
  allowCustom: true,
};
const presetNames: OptionNames<FilterPreset> = {
  label: true,
  description: true,
  conditions: true,
  public: true,
  active: true,
};

/** @throws ConfigurationError that names the place of the fault */
export function compileResource(plan: ResourcePlan, declared: ResourceFilters, place: string): CompiledResource {
  knownOptions(place, declared, names);
  const { maxComplexity = 10, maxDepth = 5, allowCustom = false } = declared;
  for (const [name, limit] of Object.entries({ maxComplexity, maxDepth })) {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new ConfigurationError(`${place}.${name}`, 'a whole number of 1 or more is needed');
    }
  }
  const filters = new Map(
    Object.entries(declared.filters).map(([name, declaration]) => [
      name,
      compileFilter(name, declaration, plan, `${place}.filters.${name}`),
    ]),
  );
  const presets = new Map(
    Object.entries(declared.presets ?? {}).map(([name, preset]) => [
      name,
      compilePreset(name, preset, filters, `${place}.presets.${name}`),
    ]),
  );
  return {
    plan,
    filters,
    presets,
    maxComplexity,
    maxDepth,
    allowCustom,
    filter(name, call) {
      const found = filters.get(name);
      if (found !== undefined) return found.usableBy(call) ? found : undefined;
      return allowCustom ? customFilter(name, plan, call) : undefined;
    },
  };
}

function compilePreset(
  name: string,
  declaration: FilterPreset,
  filters: ReadonlyMap<string, CompiledFilter>,
  place: string,
): CompiledPreset {
  if (!presetName.test(name)) throw new ConfigurationError(place, 'a preset is named like active_members');
  knownOptions(place, declaration, presetNames);
  const nodes = declaredNodes(declaration.conditions);
  const used: CompiledFilter[] = [];
  for (const leaf of leavesOf(nodes)) {
    const filter = filters.get(leaf.name);
    if (filter === undefined) throw new ConfigurationError(place, `there is no filter "${leaf.name}"`);
    const operator = filter.operators.find((one) => one === leaf.operator);
    if (operator === undefined) {
      throw new ConfigurationError(place, `the filter "${leaf.name}" has no operator "${leaf.operator}"`);
    }
    if (leaf.answers === undefined) {
      try {
        readValue(filter.shape, operator, leaf.value, false);
      } catch (error) {
        throw new ConfigurationError(place, (error as Error).message);
      }
    }
    used.push(filter);
  }
  if (used.length === 0) throw new ConfigurationError(place, 'a preset needs one condition or more');
  const { active = true, public: isPublic = true } = declaration;
  return {
    name,
    declaration,
    nodes,
    usableBy: (call) => active && isPublic && used.every((filter) => filter.usableBy(call)),
  };
}

/** A field that the caller may filter by anyway, in a domain. */
function customFilter(name: string, plan: ResourcePlan, call: CallContext): CompiledFilter | undefined {
  const path = name.split('.', longestPath + 1);
  const [first = ''] = path;
  if (path.length > longestPath || isForbidden(name)) return undefined;
  const leaf = plan.gate(call).filter(path);
  if (leaf?.kind !== 'value') return undefined;
  const types = (['exact', 'contains', 'range', 'in', 'nin', 'null'] as const).filter(
    (type) => leaf.type !== 'json' && leaf.type !== 'binary' && columnsOf[type].includes(leaf.type),
  );
  const [operator, ...others] = new Set(types.flatMap((type: FilterType): FilterOperator[] => [...operatorsOf[type]]));
  if (operator === undefined) return undefined;
  return {
    name,
    declaration: { type: 'exact', property: name },
    operators: [operator, ...others],
    shape: shapeOf(name, leaf),
    reveals: [first],
    sort: undefined,
    usual: undefined,
    usableBy: () => true,
    condition: (used, operand) => conditionOn(leaf, used, operand),
  };
}
