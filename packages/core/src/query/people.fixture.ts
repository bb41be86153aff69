import type {
  EntityModel,
  PropertyModel,
  ScalarProperty,
  ScalarType,
  ToManyProperty,
  ToOneProperty,
} from '../store/model.ts';

/** A small world for the tests of this room: people with a country, a parent, tags and identifiers. */

function scalar(name: string, type: ScalarType, more: Partial<ScalarProperty> = {}): ScalarProperty {
  return {
    kind: 'scalar',
    name,
    column: name,
    type,
    columnType: type,
    runtime: 'string',
    nullable: false,
    primary: false,
    generated: false,
    version: false,
    ...more,
  };
}

function entity(
  name: string,
  ...columns: readonly ScalarProperty[]
): EntityModel & {
  readonly properties: Map<string, PropertyModel>;
} {
  const primaryKey = scalar('id', 'integer', { primary: true, generated: true });
  const properties = new Map<string, PropertyModel>([primaryKey, ...columns].map((each) => [each.name, each]));
  return { name, entity: class {}, table: `"${name}"`, primaryKey, properties, uniques: [['id']] };
}

const nullable = { nullable: true };

export const countryModel = entity('Country', scalar('code', 'string'), scalar('name', 'string', nullable));
export const tagModel = entity('Tag', scalar('name', 'string'), scalar('color', 'string', nullable));
export const identifierModel = entity('Identifier', scalar('system', 'string'), scalar('value', 'string'));
export const personModel = entity(
  'Person',
  scalar('name', 'string', nullable),
  scalar('active', 'boolean'),
  scalar('vip', 'boolean', nullable),
  scalar('age', 'integer', nullable),
  scalar('balance', 'decimal', nullable),
  scalar('serial', 'bigint', nullable),
  scalar('born', 'date', nullable),
  scalar('updated', 'timestamp'),
  scalar('uuid', 'uuid', nullable),
  scalar('kind', 'string', { values: ['person', 'company'] }),
  scalar('secret', 'string'),
);

function toOne(name: string, target: EntityModel): ToOneProperty {
  return { kind: 'toOne', name, column: `${name}_id`, nullable: true, enforced: true, target };
}

function toMany(name: string, target: EntityModel): ToManyProperty {
  return {
    kind: 'toMany',
    name,
    target,
    by: { kind: 'foreignKey', column: 'person_id', property: 'person' },
    owned: true,
  };
}

for (const property of [
  toOne('country', countryModel),
  toOne('parent', personModel),
  toMany('tags', tagModel),
  toMany('identifiers', identifierModel),
]) {
  personModel.properties.set(property.name, property);
}

/** A scalar property of the fixture, by name. */
export function column(name: string, model: EntityModel = personModel): ScalarProperty {
  const property = model.properties.get(name);
  if (property?.kind !== 'scalar') throw new Error(`no column ${name}`);
  return property;
}

/** A to-one relation of the fixture, by name. */
export function relation(name: string): ToOneProperty {
  const property = personModel.properties.get(name);
  if (property?.kind !== 'toOne') throw new Error(`no relation ${name}`);
  return property;
}
