import { ConfigurationError } from './sallyport-error.ts';

/** The names of all options, so that one which is left out does not compile. What they stand for is not looked at. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: unknown };

/** How many letters must be changed, added or taken away to make one text of the other (Levenshtein's distance). */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one].entries()) {
    const line = [row + 1];
    for (const [column, another] of [...other].entries()) {
      const changed = (above[column] ?? 0) + (letter === another ? 0 : 1);
      line.push(Math.min(changed, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}

/** The name that was most likely meant; undefined where none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  const far = names.map((one) => [one, distance(name.toLowerCase(), one.toLowerCase())] as const);
  const [nearest] = far.sort(([, a], [, b]) => a - b);
  return nearest !== undefined && nearest[1] <= Math.max(1, Math.floor(name.length / 3)) ? nearest[0] : undefined;
}

/**
 * Refuses options that there are none of. Types tell the same, but not to JavaScript, and a misspelt limit is no limit.
 * What is no object is passed over.
 *
 * @param place where the options stand (`plugins.bundle`); empty for those of the API itself
 * @param names an object with all of their names: `{ path: true, limit: true }`, or the defaults of all
 * @throws ConfigurationError that names the option, and the nearest one that there is
 * @example knownOptions('plugins.bundle.limits', options.limits, { transaction: true, batch: true, body: true })
 */
export function knownOptions<Options extends object>(
  place: string,
  given: Options | undefined,
  names: OptionNames<NoInfer<Options>>,
): void {
  if (typeof given !== 'object' || given === null) return;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const nearest = nearestName(name, Object.keys(names));
    const meant = nearest === undefined ? `there are ${Object.keys(names).join(', ')}` : `did you mean "${nearest}"?`;
    throw new ConfigurationError(place === '' ? name : `${place}.${name}`, `there is no such option: ${meant}`);
  }
}
