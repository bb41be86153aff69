/** The environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be understood. Its message names the setting and what was expected, and never the value. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly setting: string;

  constructor(setting: string, expected: string) {
    super(`${setting}: expected ${expected}`);
    this.setting = setting;
  }
}

/** Reads settings by their names. @throws SettingError from every method, for a text that cannot be understood */
export interface SettingsReader {
  text(name: string): string | undefined;
  integer(name: string, fallback: number, range: { readonly least: number; readonly most: number }): number;
  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback: T): T;
  /** `true`, `yes`, `on`, `1`, or the contrary. */
  flag(name: string, fallback: boolean): boolean;
  /** A URL of one of the protocols (`postgres:`). */
  url(name: string, protocols: readonly string[]): string | undefined;
}

const truths = new Map([
  ...['true', 'yes', 'on', '1'].map((text) => [text, true] as const),
  ...['false', 'no', 'off', '0'].map((text) => [text, false] as const),
]);

/**
 * Reads a program's settings out of its environment. A setting that is set to nothing counts as not set, as shells and
 * compose files cannot unset.
 *
 * @example
 * const settings = readEnvironment();
 * const port = settings.integer('PORT', 8080, { least: 0, most: 65_535 });
 */
export function readEnvironment(environment: Environment = process.env): SettingsReader {
  const text = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  };
  return {
    text,
    integer(name, fallback, { least, most }) {
      const given = text(name);
      if (given === undefined) return fallback;
      const value = Number(given);
      if (!/^-?\d{1,15}$/.test(given) || value < least || value > most) {
        throw new SettingError(name, `a whole number from ${least} to ${most}`);
      }
      return value;
    },
    oneOf(name, allowed, fallback) {
      const given = text(name)?.toLowerCase();
      if (given === undefined) return fallback;
      const found = allowed.find((value) => value.toLowerCase() === given);
      if (found === undefined) throw new SettingError(name, `one of ${allowed.join(', ')}`);
      return found;
    },
    flag(name, fallback) {
      const given = text(name)?.toLowerCase();
      if (given === undefined) return fallback;
      const value = truths.get(given);
      if (value === undefined) throw new SettingError(name, 'true or false');
      return value;
    },
    url(name, protocols) {
      const given = text(name);
      if (given === undefined) return undefined;
      const protocol = URL.canParse(given) ? new URL(given).protocol : undefined;
      if (protocol === undefined || !protocols.includes(protocol)) {
        throw new SettingError(name, `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
      }
      return given;
    },
  };
}
