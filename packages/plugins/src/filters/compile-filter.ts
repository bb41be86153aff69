import {
  type CallContext,
  type Condition,
  ConfigurationError,
  columnLeaf,
  type EntityModel,
  holds,
  knownOptions,
  modelGate,
  type Operand,
  type OptionNames,
  type OrderTerm,
  type ParameterCall,
  type PropertyModel,
  type ResourcePlan,
  type ScalarType,
  type ValueLeaf,
} from '@sallyport/core';
import type { FilterDeclaration, FilterOperator, FilterValue, MatchFilter, PropertyFilter } from './declaration.ts';
import { isForbidden } from './names.ts';
import { columnsOf, conditionOn, operatorsOf } from './operators.ts';
import { readValue, type ValueShape } from './values.ts';

/** A filter with all that could be found out at the start. */
export interface CompiledFilter {
  readonly name: string;
  readonly declaration: FilterDeclaration;
  readonly operators: readonly [FilterOperator, ...FilterOperator[]];
  readonly shape: ValueShape;
  /** Members that answers tell something of. */
  readonly reveals: readonly string[];
  /** The term that sorts by it, ascending. */
  readonly sort: OrderTerm | undefined;
  /** What holds where nobody names the filter. */
  readonly usual: Operand | readonly Operand[] | undefined;
  /** Whether there is such a filter for this caller. */
  usableBy(call: CallContext): boolean;
  condition(
    operator: FilterOperator,
    operand: Operand | readonly Operand[],
    call: ParameterCall,
  ): Condition | Promise<Condition>;
}

const usualMaxValues = 100;
/** A name that can stand in an address in front of a bracket. */
const filterName = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;

const options: OptionNames<PropertyFilter & Pick<MatchFilter, 'value'>> = {
  type: true,
  operators: true,
  label: true,
  description: true,
  path: true,
  required: true,
  default: true,
  maxValues: true,
  indexed: true,
  requiresScope: true,
  active: true,
  reveals: true,
  property: true,
  sort: true,
  matches: true,
  value: true,
};

/** @throws ConfigurationError */
export function compileFilter(
  name: string,
  declaration: FilterDeclaration,
  plan: ResourcePlan,
  place: string,
): CompiledFilter {
  if (!filterName.test(name)) throw new ConfigurationError(place, 'this cannot be the name of a filter');
  if (isForbidden(name)) throw new ConfigurationError(place, 'nothing of this name may be filtered by');
  knownOptions<object>(place, declaration, options);
  const { type, active = true, requiresScope, maxValues = usualMaxValues } = declaration;
  if (!Object.hasOwn(operatorsOf, type)) throw new ConfigurationError(`${place}.type`, `there is no type "${type}"`);
  if (!Number.isSafeInteger(maxValues) || maxValues < 1) {
    throw new ConfigurationError(`${place}.maxValues`, 'a whole number of 1 or more is needed');
  }
  const { operators = operatorsOf[type] } = declaration;
  const stray = operators.find((operator) => !operatorsOf[type].includes(operator));
  if (operators.length === 0 || stray !== undefined) {
    const all = operatorsOf[type].join(', ');
    throw new ConfigurationError(`${place}.operators`, `"${stray ?? ''}" is none of the type ${type}: ${all}`);
  }
  const target =
    declaration.matches === undefined
      ? onProperty(name, declaration, plan, maxValues, place)
      : onMatches(name, declaration, maxValues, place);
  const reveals = declaration.reveals ?? target.shownBy;
  if (reveals.length === 0 && declaration.reveals === undefined) {
    throw new ConfigurationError(`${place}.reveals`, 'no member shows this property: say what answers tell of');
  }
  for (const member of reveals) {
    if (!plan.members.some((one) => one.name === member && one.rules.read !== false)) {
      throw new ConfigurationError(`${place}.reveals`, `there is no readable field "${member}"`);
    }
  }
  const requirement =
    requiresScope === undefined
      ? undefined
      : plan.scopeOf('search', 'operation', requiresScope, `${place}.requiresScope`).requirement;
  return {
    name,
    declaration,
    operators,
    shape: target.shape,
    reveals,
    sort: target.sort,
    usual: usualOf(declaration, operators[0], target.shape, place),
    usableBy: (call) =>
      active &&
      (requirement === undefined || holds(call.principal, requirement)) &&
      reveals.every((member) => plan.shows(member, call)),
    condition: target.condition,
  };
}

/** Where a filter's condition comes from. */
interface Target extends Pick<CompiledFilter, 'shape' | 'sort' | 'condition'> {
  /** Members that show the property itself. */
  readonly shownBy: readonly string[];
}

function onProperty(
  name: string,
  { type, property: path, sort = false }: PropertyFilter,
  plan: ResourcePlan,
  maxValues: number,
  place: string,
): Target {
  const at = `${place}.property`;
  // A JavaScript user may have left it out.
  if (typeof path !== 'string') throw new ConfigurationError(place, 'needs a property or `matches`');
  const steps = path.split('.');
  if (steps.some(isForbidden)) throw new ConfigurationError(at, 'nothing of this name may be filtered by');
  const leaf = leafAt(plan.model, steps, at);
  if (!columnsOf[type].includes(leaf.type)) {
    throw new ConfigurationError(at, `"${path}" is of the type ${leaf.type}, which ${type} does not compare`);
  }
  const own = steps.length === 1 ? plan.model.properties.get(path) : undefined;
  const column = own?.kind === 'scalar' ? own : undefined;
  if (sort && (column === undefined || !columnsOf.exact.includes(column.type))) {
    throw new ConfigurationError(`${place}.sort`, 'only a column of the entity itself can be sorted by');
  }
  const showing = plan.members.filter(({ codec, rules }) => codec.property === column && rules.read !== false);
  return {
    shape: shapeOf(name, leaf, maxValues),
    shownBy: column === undefined ? [] : showing.map((member) => member.name),
    sort: sort && column !== undefined ? { property: column, through: [], direction: 'asc' } : undefined,
    condition: (operator, operand) => conditionOn(leaf, operator, operand),
  };
}

/** @throws ConfigurationError when there is no such column, or it counts the rows of its table */
function leafAt(model: EntityModel, steps: readonly string[], place: string): ValueLeaf {
  const path = steps.join('.');
  const leaf = modelGate(model).filter(steps);
  if (leaf === undefined) throw new ConfigurationError(place, `no property "${path}" on ${model.name}`);
  if (leaf.kind === 'value') return leaf;
  const property = propertyAt(model, steps);
  if (property?.kind !== 'scalar' || property.type !== 'string') {
    throw new ConfigurationError(place, `"${path}" is a key of the database: name a column, or use \`matches\``);
  }
  // A natural key, such as the code of a country.
  return columnLeaf(property, (condition) => leaf.along(condition));
}

function propertyAt(model: EntityModel, [step = '', ...steps]: readonly string[]): PropertyModel | undefined {
  const property = model.properties.get(step);
  if (steps.length === 0 || property === undefined || property.kind === 'scalar') return property;
  return propertyAt(property.target, steps);
}

function onMatches(name: string, declaration: MatchFilter, maxValues: number, place: string): Target {
  const { type, value = type === 'boolean' ? 'boolean' : 'string' } = declaration;
  const kind: ScalarType = typeof value === 'string' ? value : 'string';
  if (!columnsOf[type].includes(kind)) {
    throw new ConfigurationError(`${place}.value`, `${type} does not compare values of the type ${kind}`);
  }
  return {
    shape: { name, type: kind, maxValues, ...(typeof value === 'string' ? {} : { values: value }) },
    shownBy: [],
    sort: undefined,
    // Null is no value of a filter.
    condition: (operator, operand, call) => declaration.matches(operand as FilterValue, operator, call),
  };
}

/** What the values of a field are. */
export function shapeOf(name: string, { type, values }: ValueLeaf, maxValues = usualMaxValues): ValueShape {
  return { name, type, maxValues, ...(values === undefined ? {} : { values }) };
}

function usualOf(
  { default: usual }: FilterDeclaration,
  operator: FilterOperator,
  shape: ValueShape,
  place: string,
): CompiledFilter['usual'] {
  if (usual === undefined) return undefined;
  try {
    return readValue(shape, operator, usual, false);
  } catch (error) {
    throw new ConfigurationError(`${place}.default`, (error as Error).message);
  }
}
