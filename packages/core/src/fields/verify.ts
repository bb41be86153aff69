import { ConfigurationError } from '../errors/index.ts';
import type { JsonSchema } from '../road/route.ts';
import type { EntityModel, PropertyModel } from '../store/model.ts';
import type { CompiledMember } from './members.ts';
import { propertyOfKind } from './property-path.ts';
import { type DefaultSource, isRecordCriterion, type RecordCriterion } from './rules.ts';

/** Holds a value that stands in a descriptor against a schema. @throws ConfigurationError at `place` */
export type CheckValue = (schema: JsonSchema, value: unknown, place: string) => void;

/**
 * Looks at everything of members that depends on other resources, and for rules that contradict each other.
 *
 * @throws ConfigurationError with the member's place
 */
export function verifyMembers(members: readonly CompiledMember[], place: string, check: CheckValue): void {
  for (const member of members) {
    const { codec, rules, name, definition } = member;
    const here = `${place}.${name}`;
    codec.verify?.(check);
    void codec.output;
    void codec.input;
    if (rules.read === false && (rules.filter === true || rules.sort === true)) {
      throw new ConfigurationError(here, 'a field that is not read cannot be filtered or sorted by');
    }
    if (rules.sort === true && codec.order === undefined && codec.members === undefined) {
      throw new ConfigurationError(here, 'a field of this kind cannot be sorted by');
    }
    verifyDefault(member, definition.default, `${here}.default`, check);
  }
}

function verifyDefault({ codec }: CompiledMember, source: DefaultSource, place: string, check: CheckValue): void {
  if (source === undefined || typeof source === 'function') return;
  if (isRecordCriterion(source)) verifyCriterion(source, codec.property, place);
  else if (source !== null || !codec.nullable) check(codec.input ?? codec.output, source, place);
}

/** @throws ConfigurationError when the property is no to-one relation, or the record is named by what it does not have */
export function verifyCriterion(
  { properties }: RecordCriterion,
  property: PropertyModel | undefined,
  place: string,
): void {
  if (property?.kind !== 'toOne') {
    throw new ConfigurationError(place, 'a record can only be the default of a to-one relation');
  }
  const target: EntityModel = property.target;
  for (const name of Object.keys(properties)) propertyOfKind(target, name, 'scalar', place);
}
