import { SallyportError } from '../errors/index.ts';
import { orderTerm } from '../fields/list.ts';
import { conditionOnPath, propertyOfKind, resolvePath, selectPath } from '../fields/property-path.ts';
import { all, any, type Condition, compare, everything, isIn, related } from '../query/condition.ts';
import { type Identifier, splitIdentifier } from '../query/pieces.ts';
import type { EntityModel, ToOneProperty } from '../store/model.ts';
import type { CallCondition } from '../store/selection.ts';
import { type KeyDefinition, type SeveralKeys, tellsTextsApart } from './key.ts';

/** Where external identifiers are kept. Paths are of the identifier's entity. */
export interface ExternalKeyOptions {
  /** The to-many property that holds the identifiers; to-one relations may lead to it: `owner.identifiers`. */
  readonly through: string;
  readonly system: string;
  readonly value: string;
  /** Which identifiers count; all when absent. */
  readonly where?: (model: EntityModel) => CallCondition;
  /** The first of them by this order is the one that is shown; their primary key when absent. */
  readonly order?: readonly string[];
  /** Whether the database lets one identifier exist only once. Otherwise two matches are an `ambiguous_key` (409). */
  readonly unique?: boolean;
}

/** @throws SallyportError `malformed_key` */
function partsOf(text: string): Identifier {
  const parts = splitIdentifier(text);
  if (parts === undefined) throw new SallyportError('malformed_key', { detail: 'A key has the form system|value.' });
  return parts;
}

/** The record's external identifier, `system|value`, kept in rows of its own (OpenSPP API V2 contract section 7). */
export function externalKey(options: ExternalKeyOptions): KeyDefinition {
  return {
    kind: 'external',
    compile({ model, path }) {
      const steps = options.through.split('.');
      const last = steps.pop() ?? '';
      const through: ToOneProperty[] = [];
      for (const step of steps) through.push(propertyOfKind(through.at(-1)?.target ?? model, step, 'toOne', path));
      const relation = propertyOfKind(through.at(-1)?.target ?? model, last, 'toMany', path);
      const { target } = relation;
      const system = resolvePath(target, options.system, path);
      const value = resolvePath(target, options.value, path);
      const where = options.where?.(target);
      const order = (options.order ?? []).map((term) => orderTerm(target, term, path));
      const named = (text: string, call: Parameters<CallCondition>[0]): Condition => {
        const parts = partsOf(text);
        return all(
          conditionOnPath(system, (property) => compare(property, 'eq', parts.system)),
          conditionOnPath(value, (property) => compare(property, 'eq', parts.value)),
          where?.(call) ?? everything,
        );
      };
      /** By value first, of which there are many and an index: whatever the system, the rest is asked of what that finds. */
      const namedByAny = (texts: readonly string[], call: Parameters<CallCondition>[0]): Condition => {
        const parts = texts.map(partsOf);
        const valuesIn = (one: string) => parts.filter((each) => each.system === one).map((each) => each.value);
        const systems = [...new Set(parts.map((each) => each.system))];
        const isOneOf = (values: readonly string[]) => conditionOnPath(value, (property) => isIn(property, values));
        return all(
          isOneOf(parts.map((each) => each.value)),
          any(
            ...systems.map((one) =>
              all(
                conditionOnPath(system, (property) => compare(property, 'eq', one)),
                systems.length === 1 ? everything : isOneOf(valuesIn(one)),
              ),
            ),
          ),
          where?.(call) ?? everything,
        );
      };
      const holding = (identifiers: Condition): Condition =>
        through.reduceRight<Condition>((inner, step) => related(step, inner), related(relation, identifiers));
      const several: SeveralKeys = {
        condition: (texts, call) => holding(namedByAny(texts, call)),
        names(selection) {
          const holder = through.reduce((at, step) => at.toOne(step), selection);
          return holder.toMany(relation, { where }, (each) => {
            const readSystem = selectPath<string>(each, system);
            const readValue = selectPath<string>(each, value);
            return (row) => `${readSystem(row)}|${readValue(row)}`;
          });
        },
        name: (text) => text,
      };
      return {
        schema: { type: 'string', pattern: '^[^|]+\\|.+$', examples: ['urn:example:register|A-1'] },
        unique: options.unique === true,
        read(selection) {
          const holder = through.reduce((at, step) => at.toOne(step), selection);
          const first = holder.toMany(relation, { where, order, limit: 1 }, (each) => {
            const readSystem = selectPath<string>(each, system);
            const readValue = selectPath<string>(each, value);
            return (row) => `${readSystem(row)}|${readValue(row)}`;
          });
          return (row) => first(row)[0];
        },
        condition: (text, call) => holding(named(text, call)),
        ...(tellsTextsApart(system.property) && tellsTextsApart(value.property) ? { several } : {}),
      };
    },
  };
}
