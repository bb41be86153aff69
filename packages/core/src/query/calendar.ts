/**
 * Dates and times as text. They never become `Date` objects on the way to the database: microseconds and years before
 * 1000 would suffer.
 */

const date = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const time = /^([01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?$/;
const timestamp =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?(Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?)?$/;

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether the text is `YYYY-MM-DD` and a day that exists (years 0001 to 9999, proleptic Gregorian). */
export function isCalendarDate(text: string): boolean {
  const match = date.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (daysOfMonth[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= days;
}

/** Whether the text is a time of day: `HH:MM`, `HH:MM:SS`, up to six digits of a second. */
export function isTimeOfDay(text: string): boolean {
  return time.test(text);
}

/**
 * An instant in the form that the store compares with: `YYYY-MM-DD HH:MM:SS[.ffffff]Z`, always in UTC. A date alone
 * means 00:00 of that day; a time without an offset is UTC.
 *
 * @returns undefined when the text is no such instant.
 */
export function canonicalTimestamp(text: string): string | undefined {
  const match = timestamp.exec(text);
  if (match === null) return undefined;
  const [, day = '', clock = '00:00', seconds = '00', fraction, zone = 'Z'] = match;
  if (!isCalendarDate(day)) return undefined;
  const tail = fraction === undefined || /^0+$/.test(fraction) ? '' : `.${fraction.replace(/0+$/, '')}`;
  if (zone === 'Z') return `${day} ${clock}:${seconds}${tail}Z`;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  const instant = Date.parse(`${day}T${clock}:${seconds}Z`) - (zone.startsWith('-') ? -minutes : minutes) * 60_000;
  const shifted = new Date(instant).toISOString();
  // An offset may carry the first or last day of the calendar out of it.
  if (!isCalendarDate(shifted.slice(0, 10))) return undefined;
  return `${shifted.slice(0, 10)} ${shifted.slice(11, 19)}${tail}Z`;
}
