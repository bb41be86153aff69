import { ConfigurationError } from '@sallyport/core';

/**
 * Tells an option that was left out from one that an unset variable of the environment has left empty.
 *
 * @throws ConfigurationError for one of these names that is there and has no value
 */
export function refuseUndefined(place: string, options: object, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(options, name) && (options as Readonly<Record<string, unknown>>)[name] === undefined) {
      throw new ConfigurationError(`${place}.${name}`, 'is undefined: give it a value, or leave it out');
    }
  }
}

/** The text. @throws ConfigurationError for an empty one, and for what is none, whatever the types say */
export function givenText(place: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(place, 'must be a text that is not empty');
}

/** The list. @throws ConfigurationError for what is no list of texts that are not empty, whatever the types say */
export function givenTexts(place: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string' && one !== '')) return value;
  throw new ConfigurationError(place, 'must be a list of names');
}

/** One of the texts. @throws ConfigurationError for another */
export function givenChoice<Choice extends string>(place: string, value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new ConfigurationError(place, `must be ${choices.map((one) => `"${one}"`).join(' or ')}`);
}

/** The part. @throws ConfigurationError for what lacks one of its functions, whatever the types say */
export function givenPart<Part extends object>(place: string, value: Part, functions: readonly (keyof Part)[]): Part {
  const part: unknown = value;
  const whole = (one: object): boolean =>
    functions.every((name) => typeof (one as Readonly<Record<PropertyKey, unknown>>)[name] === 'function');
  if (typeof part === 'object' && part !== null && whole(part)) return value;
  throw new ConfigurationError(place, `must be there, with ${functions.map(String).join(' and ')}`);
}

/** The parts of a list, each as {@link givenPart}. @throws ConfigurationError for what is no list, or an empty one */
export function givenParts<Part extends object>(
  place: string,
  value: readonly Part[],
  functions: readonly (keyof Part)[],
): readonly Part[] {
  const parts: unknown = value;
  if (!Array.isArray(parts) || parts.length === 0)
    throw new ConfigurationError(place, 'must be a list that is not empty');
  return value.map((part, index) => givenPart(`${place}[${index}]`, part, functions));
}
