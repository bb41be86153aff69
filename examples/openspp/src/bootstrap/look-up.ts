import type { EntityManager } from '@mikro-orm/core';
import { Identifier, Program, ProgramIdentifier, type Registrant, VocabularyCode } from '../entities/index.ts';

type Kind = Registrant['kind'];

/** What a reference or an identifier in the file is made of. */
export interface Named {
  readonly system: string;
  readonly value: string;
}

/** `Individual/urn:example:civil-id|C-0001` in its parts; undefined when it is no reference. */
export function parseReference(reference: unknown): (Named & { readonly resource: string }) | undefined {
  if (typeof reference !== 'string') return undefined;
  const match = /^([A-Za-z]+)\/([^|]+)\|(.+)$/s.exec(reference);
  if (match === null) return undefined;
  const [, resource = '', system = '', value = ''] = match;
  return { resource, system: system.replaceAll('%23', '#'), value };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The identifiers of a body, as far as they can be read: faults are for the API's own schema to find. */
export function identifiersOf(body: Readonly<Record<string, unknown>>): Named[] {
  const list = body.identifier;
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) =>
    isObject(each) && typeof each.system === 'string' && typeof each.value === 'string'
      ? [{ system: each.system, value: each.value }]
      : [],
  );
}

/** The reference in a property of a body. */
export function referenceOf(body: Readonly<Record<string, unknown>>, property: string) {
  const value = body[property];
  return isObject(value) ? parseReference(value.reference) : undefined;
}

/** The keys of the registrants of a kind that hold the identifier live. */
export async function registrantsNamed(em: EntityManager, kind: Kind, { system, value }: Named): Promise<number[]> {
  const type = await em.findOne(VocabularyCode, { uri: system }, { fields: ['id'] });
  if (type === null) return [];
  const found = await em.find(
    Identifier,
    { type: type.id, value, $or: [{ status: null }, { status: 'valid' }], registrant: { kind } },
    { fields: ['registrant'], disableIdentityMap: true },
  );
  return [...new Set(found.map((identifier) => identifier.registrant.id))];
}

/** The key of the program that holds the identifier. */
export async function programNamed(em: EntityManager, { system, value }: Named): Promise<number | undefined> {
  const found = await em.findOne(ProgramIdentifier, { system, value }, { disableIdentityMap: true });
  return found?.program.id;
}

/** Whether a program has the name. */
export async function hasProgram(em: EntityManager, name: unknown): Promise<boolean> {
  return typeof name === 'string' && (await em.count(Program, { name })) > 0;
}
