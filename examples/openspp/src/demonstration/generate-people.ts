import type { groupTypes, membershipStates } from '../entities/index.ts';
import { type Culture, cultures } from './cultures.ts';
import { generatedPrograms } from './programs.ts';
import { type Random, randomFrom } from './random.ts';

export interface GeneratedIdentifier {
  /** The code of the type in `urn:openspp:vocab:id-type`. */
  readonly type: 'national_id' | 'passport' | 'birth_certificate' | 'household_id';
  readonly value: string;
}

export interface GeneratedAddress {
  readonly street: string | null;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string | null;
  readonly country: string;
}

export interface GeneratedEnrolment {
  /** The slug of the program. */
  readonly program: string;
  readonly state: (typeof membershipStates)[number];
  readonly enrollmentDate: string | null;
  readonly exitDate: string | null;
}

/** What a person and a household have in common. */
interface Generated {
  readonly name: string;
  readonly registrationDate: string;
  readonly active: boolean;
  readonly address: GeneratedAddress;
  /** Oldest first. */
  readonly identifiers: readonly GeneratedIdentifier[];
  readonly enrolments: readonly GeneratedEnrolment[];
}

export interface GeneratedPerson extends Generated {
  readonly familyName: string;
  readonly givenName: string;
  readonly additionalName: string | null;
  /** ISO 5218 */
  readonly gender: '1' | '2';
  readonly birthDate: string;
  readonly birthDateEstimated: boolean;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly email: string | null;
  readonly role: 'head' | 'spouse' | 'child' | 'other' | null;
  /** Since when the person is in the household; until when, for one who left. */
  readonly since: string;
  readonly until: string | null;
}

/** People who live together. Without `household`, one person of no household. */
export interface GeneratedHousehold {
  readonly household: (Generated & { readonly groupType: (typeof groupTypes)[number] }) | undefined;
  readonly people: readonly GeneratedPerson[];
}

export interface GenerateOptions {
  /** The same seed gives the same people; another seed gives others, with other identifiers. */
  readonly seed: number;
  /** How many people, exactly. */
  readonly people: number;
  /** The day that ages are counted from. */
  readonly today?: string;
}

const day = 86_400_000;
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
/** Dates are text: their order is the text's. */
const later = (a: string, b: string): string => (a < b ? b : a);
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();

/** What is counted up over all that is generated, so that identifiers never meet. */
interface Counters {
  readonly seed: string;
  readonly today: number;
  person: number;
  household: number;
}

function addressIn(random: Random, culture: Culture): GeneratedAddress {
  return {
    street: random.chance(0.9) ? `${random.integer(1, 180)} ${random.pick(culture.streets)}` : null,
    city: random.pick(culture.towns),
    state: random.pick(culture.states),
    postalCode: random.chance(0.8) ? String(random.integer(10_000, 99_999)) : null,
    country: culture.country,
  };
}

function enrolmentIn(random: Random, slug: string, counters: Counters): GeneratedEnrolment {
  const program = generatedPrograms.find((each) => each.slug === slug);
  const from = Date.parse(program?.startDate ?? '2024-01-01');
  const to = program?.endDate == null ? counters.today : Date.parse(program.endDate);
  const enrolled = from + random.next() * (to - from);
  const state: GeneratedEnrolment['state'] =
    program?.endDate == null
      ? random.pick(['enrolled', 'enrolled', 'enrolled', 'enrolled', 'draft', 'paused', 'exited', 'not_eligible'])
      : 'exited';
  const waiting = state === 'draft' || state === 'not_eligible';
  return {
    program: slug,
    state,
    enrollmentDate: waiting ? null : dateOf(enrolled),
    exitDate: state === 'exited' ? dateOf(enrolled + random.next() * (to - enrolled)) : null,
  };
}

interface PersonWishes {
  readonly culture: Culture;
  readonly familyName: string;
  readonly role: GeneratedPerson['role'];
  readonly gender: '1' | '2';
  readonly age: number;
  readonly address: GeneratedAddress;
  readonly registrationDate: string;
}

function person(random: Random, wishes: PersonWishes, counters: Counters): GeneratedPerson {
  const { culture, familyName, role, gender, age, address } = wishes;
  const givenNames = gender === '2' ? culture.female : culture.male;
  const givenName = random.pick(givenNames);
  const additional = random.chance(0.35) ? random.pick(givenNames) : null;
  const birthDate = dateOf(counters.today - (age * 365.25 + random.integer(1, 364)) * day);
  const registrationDate = later(birthDate, wishes.registrationDate);
  const serial = String(++counters.person).padStart(7, '0');
  const mark = `${culture.country}-${counters.seed}-${serial}`;
  const identifiers: GeneratedIdentifier[] = [];
  if (age < 16 || random.chance(0.2)) identifiers.push({ type: 'birth_certificate', value: `BC-${mark}` });
  if (age >= 16 && random.chance(0.12)) identifiers.push({ type: 'passport', value: `P-${mark}` });
  if (age >= 16) identifiers.push({ type: 'national_id', value: mark });
  const adult = age >= 16;
  const telephone = () => `${culture.dialling}70${String(random.integer(0, 9_999_999)).padStart(7, '0')}`;
  const enrolments: GeneratedEnrolment[] = [];
  if (age >= 65 && random.chance(0.8)) enrolments.push(enrolmentIn(random, 'elder-support-grant', counters));
  if (adult && random.chance(0.12)) enrolments.push(enrolmentIn(random, 'harvest-bridge-2023', counters));
  const left = role === 'other' && random.chance(0.3);
  return {
    name: `${givenName} ${familyName}`,
    familyName,
    givenName,
    additionalName: additional === givenName ? null : additional,
    gender,
    birthDate,
    birthDateEstimated: age > 50 && random.chance(0.25),
    phone: adult && random.chance(0.15) ? telephone() : null,
    mobile: adult && random.chance(0.7) ? telephone() : null,
    email:
      adult && random.chance(0.3) ? `${plain(givenName)}.${plain(familyName)}${serial.slice(-4)}@mail.example` : null,
    address,
    registrationDate,
    active: !random.chance(0.02),
    identifiers,
    enrolments,
    role,
    since: registrationDate,
    until: left
      ? dateOf(Date.parse(registrationDate) + random.next() * (counters.today - Date.parse(registrationDate)))
      : null,
  };
}

function household(random: Random, size: number, counters: Counters): GeneratedHousehold {
  const culture = random.pick(cultures);
  const familyName = random.pick(culture.family);
  const address = addressIn(random, culture);
  const registrationDate = dateOf(counters.today - random.integer(30, 1400) * day);
  const common = { culture, address, registrationDate };
  const gender = () => random.pick(['1', '2'] as const);
  const headAge = random.integer(22, 80);
  const headGender = gender();
  const alone = size === 1 && random.chance(0.6);
  const people = [
    person(random, { ...common, familyName, role: alone ? null : 'head', gender: headGender, age: headAge }, counters),
  ];
  if (alone) return { household: undefined, people };
  if (size > 1 && random.chance(0.8)) {
    const age = Math.max(18, headAge + random.integer(-8, 5));
    const wishes = {
      ...common,
      familyName,
      role: 'spouse' as const,
      gender: headGender === '1' ? ('2' as const) : ('1' as const),
      age,
    };
    people.push(person(random, wishes, counters));
  }
  while (people.length < size) {
    const relative = random.chance(0.15);
    const age = relative ? random.integer(1, 88) : random.integer(0, Math.max(0, headAge - 18));
    const name = relative && random.chance(0.5) ? random.pick(culture.family) : familyName;
    const role = relative ? ('other' as const) : ('child' as const);
    people.push(person(random, { ...common, familyName: name, role, gender: gender(), age }, counters));
  }
  const youngest = people.map(({ birthDate }) => birthDate).reduce(later);
  const enrolments: GeneratedEnrolment[] = [];
  if (youngest > dateOf(counters.today - 5 * 365 * day) && random.chance(0.6)) {
    enrolments.push(enrolmentIn(random, 'river-valley-cash-plus', counters));
  }
  if (youngest > dateOf(counters.today - 3 * 365 * day) && random.chance(0.7)) {
    enrolments.push(enrolmentIn(random, 'first-thousand-days', counters));
  }
  const serial = String(++counters.household).padStart(6, '0');
  return {
    household: {
      name: `${familyName} ${random.pick(['household', 'family', 'compound', 'homestead'])}`,
      groupType: random.chance(0.85) ? 'household' : 'family',
      registrationDate,
      active: true,
      address,
      identifiers: [{ type: 'household_id', value: `HH-${counters.seed}-${serial}` }],
      enrolments,
    },
    people,
  };
}

/**
 * Makes people up, household by household: never more than one household in memory, so that millions can be streamed.
 * The same options always give the same people.
 */
export function* generatePeople({
  seed,
  people,
  today = '2026-01-01',
}: GenerateOptions): Generator<GeneratedHousehold> {
  const random = randomFrom(seed);
  const counters: Counters = {
    seed: seed.toString(36).toUpperCase().padStart(2, '0'),
    today: Date.parse(today),
    person: 0,
    household: 0,
  };
  while (counters.person < people) {
    const size = Math.min(people - counters.person, random.pick([1, 2, 3, 3, 4, 4, 4, 5, 5, 6, 7]));
    yield household(random, size, counters);
  }
}
