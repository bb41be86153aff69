import type { EntityManager } from '@mikro-orm/core';
import type { BulkRow, BulkWriter } from '@sallyport/core';
import {
  GroupMembership,
  Identifier,
  Program,
  ProgramIdentifier,
  ProgramMembership,
  Registrant,
  VocabularyCode,
} from '../entities/index.ts';
import { codeUri, namespaces, programSystem } from '../vocabulary/index.ts';
import type { GeneratedHousehold, GeneratedPerson } from './generate-people.ts';
import type { GeneratedProgram } from './programs.ts';

/** Database keys that every household needs, looked up once. */
export interface Keys {
  readonly codes: ReadonlyMap<string, number>;
  /** By slug. */
  readonly programs: ReadonlyMap<string, number>;
}

/** The key under `name`. @throws Error when it is missing: the vocabulary or the programs are not loaded. */
function keyOf(keys: ReadonlyMap<string, number>, name: string): number {
  const key = keys.get(name);
  if (key === undefined) throw new Error(`"${name}" is not in the database`);
  return key;
}

/** Adds the programs that are not there yet, and looks up all that {@link insertHouseholds} refers to. */
export async function preparePrograms(em: EntityManager, generated: readonly GeneratedProgram[]): Promise<Keys> {
  const codes = new Map((await em.findAll(VocabularyCode)).map((code) => [code.uri, code.id]));
  const programs = new Map<string, number>();
  for (const { slug, programType, endDate, ...details } of generated) {
    const known = await em.findOne(ProgramIdentifier, { system: programSystem, value: slug });
    if (known !== null) {
      programs.set(slug, known.program.id);
      continue;
    }
    const program = em.create(Program, {
      ...details,
      endDate,
      state: endDate === null ? 'active' : 'ended',
      programType: keyOf(codes, codeUri(namespaces.programType, programType)),
    });
    em.create(ProgramIdentifier, { program, system: programSystem, value: slug });
    await em.flush();
    programs.set(slug, program.id);
  }
  return { codes, programs };
}

/** Where in the list of new registrants a household and its people stand. */
interface Placed {
  readonly of: GeneratedHousehold;
  readonly household: number | undefined;
  readonly people: readonly (readonly [number, GeneratedPerson])[];
}

const noon = (date: string): string => `${date}T12:00:00.000000Z`;

/** What a row of a registrant says where nobody says otherwise: all rows have the same columns. */
const unset = {
  familyName: null,
  givenName: null,
  additionalName: null,
  birthDate: null,
  birthDateEstimated: false,
  gender: null,
  phone: null,
  mobile: null,
  email: null,
  groupType: null,
  collectionMethod: 'import',
};

/**
 * Adds households in bulk: one statement a table, whatever their number. Some thousands at a time keep the statements
 * small. Answers the keys of the registrants: of each household its own, then its people's.
 */
export async function insertHouseholds(
  bulk: BulkWriter,
  households: Iterable<GeneratedHousehold>,
  { codes, programs }: Keys,
): Promise<{ readonly household: number | undefined; readonly people: readonly number[] }[]> {
  const rows: BulkRow[] = [];
  const placed: Placed[] = [];
  const add = (row: BulkRow): number => rows.push({ ...unset, ...row }) - 1;
  for (const of of households) {
    const { household } = of;
    const place =
      household &&
      add({
        kind: 'group',
        name: household.name,
        groupType: household.groupType,
        registrationDate: household.registrationDate,
        active: household.active,
        ...household.address,
      });
    const people = of.people.map((person) => {
      const { address, identifiers: _i, enrolments: _e, role: _r, since: _s, until: _u, gender, ...details } = person;
      const code = keyOf(codes, codeUri(namespaces.gender, gender));
      return [add({ kind: 'individual', ...details, ...address, gender: code }), person] as const;
    });
    placed.push({ of, household: place, people });
  }
  if (rows.length === 0) return [];

  const keys = await bulk.reserve(Registrant, rows.length);
  const keyAt = (place: number): number => keys[place] as number; // as many as there are rows
  await bulk.insert(
    Registrant,
    rows.map((row, place) => ({ id: keyAt(place), ...row })),
  );

  const identifiers: BulkRow[] = [];
  const memberships: BulkRow[] = [];
  const enrolments: BulkRow[] = [];
  const describe = (registrant: number, of: Pick<GeneratedPerson, 'identifiers' | 'enrolments'>) => {
    for (const { type, value } of of.identifiers) {
      identifiers.push({ registrant, type: keyOf(codes, codeUri(namespaces.identifierType, type)), value });
    }
    for (const { program, ...details } of of.enrolments) {
      enrolments.push({ registrant, program: keyOf(programs, program), ...details });
    }
  };
  for (const { of, household, people } of placed) {
    const group = household === undefined ? undefined : keyAt(household);
    if (group !== undefined && of.household !== undefined) describe(group, of.household);
    for (const [place, person] of people) {
      const individual = keyAt(place);
      describe(individual, person);
      if (group === undefined) continue;
      const role = person.role === null ? null : keyOf(codes, codeUri(namespaces.membershipRole, person.role));
      const endedDate = person.until === null ? null : noon(person.until);
      memberships.push({ group, individual, role, startDate: noon(person.since), endedDate });
    }
  }
  await bulk.insert(Identifier, identifiers);
  await bulk.insert(GroupMembership, memberships);
  await bulk.insert(ProgramMembership, enrolments);
  return placed.map(({ household, people }) => ({
    household: household === undefined ? undefined : keyAt(household),
    people: people.map(([place]) => keyAt(place)),
  }));
}
