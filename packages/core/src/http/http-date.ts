const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const imfFixdate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const rfc850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d):(\d\d):(\d\d) GMT$/;
const asctime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** The date as an IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString();
}

/**
 * Reads an HTTP date in any of its three forms (RFC 9110 section 5.6.7); milliseconds since the epoch, `undefined` for
 * what is none. A two-digit year that lies more than 50 years ahead is one of the past.
 */
export function parseHttpDate(text: string, now: Date = new Date()): number | undefined {
  const fixed = imfFixdate.exec(text);
  if (fixed) return timeOf(fixed[3], fixed[2], fixed[1], fixed.slice(4));
  const short = rfc850.exec(text);
  if (short) {
    const thisYear = now.getUTCFullYear();
    const year = thisYear - (thisYear % 100) + Number(short[3]);
    return timeOf(String(year > thisYear + 50 ? year - 100 : year), short[2], short[1], short.slice(4));
  }
  const c = asctime.exec(text);
  return c ? timeOf(c[6], c[1], c[2], c.slice(3, 6)) : undefined;
}

function timeOf(
  year: string | undefined,
  monthName: string | undefined,
  day: string | undefined,
  [hour, minute, second]: readonly string[],
): number | undefined {
  const month = months.indexOf(monthName ?? '');
  const clock = [Number(hour), Number(minute), Number(second)] as const;
  if (month < 0 || clock[0] > 23 || clock[1] > 59 || clock[2] > 60) return undefined;
  const time = Date.UTC(Number(year), month, Number(day), ...clock);
  // A day that the month has not would have run over into the next.
  return new Date(Date.UTC(Number(year), month, Number(day))).getUTCMonth() === month ? time : undefined;
}
