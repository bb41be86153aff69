/** What a database says of a fault in names alone; the rest (`detail`, `where`, the statement) holds values. */
const namesOfFaults = ['code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine', 'syscall'] as const;

/**
 * SQLSTATE classes whose messages name things and no values: lost connections, conflicts, statements that are wrong,
 * resources, states, operators. `invalid input syntax for type integer: "…"` (22) is not one of them.
 */
const namingClasses: ReadonlySet<string> = new Set(['08', '40', '42', '53', '55', '57', '58']);

const sqlState = /^(?=.*[0-9])[0-9A-Z]{5}$/;
const DEEPEST_CAUSE = 5;

/**
 * An error as it may stand in a log: what kind it is, where it came from, and what it says as far as that is no value of
 * a request. Statements, parameters, rows and whatever else libraries hang on their errors are left behind.
 */
export function loggable(thrown: unknown, depth = 0): Error {
  if (!(thrown instanceof Error)) {
    return new Error(typeof thrown === 'string' ? thrown : `${Object.prototype.toString.call(thrown)} was thrown`);
  }
  const { cause } = thrown;
  const message = messageOf(thrown);
  const copy =
    cause === undefined || depth >= DEEPEST_CAUSE
      ? new Error(message)
      : new Error(message, { cause: loggable(cause, depth + 1) });
  copy.name = thrown.name;
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  copy.stack = [`${copy.name}: ${message}`, ...frames].join('\n');
  const said = thrown as unknown as Readonly<Record<string, unknown>>;
  for (const name of namesOfFaults) {
    const value = said[name];
    if (typeof value === 'string' || typeof value === 'number') Object.assign(copy, { [name]: value });
  }
  return copy;
}

function messageOf(error: Error & { readonly code?: unknown; readonly getEntity?: unknown }): string {
  const { code, message } = error;
  if (typeof code === 'string' && sqlState.test(code)) {
    return namingClasses.has(code.slice(0, 2)) && code !== '42601' ? message : `the database answered ${code}`;
  }
  // MikroORM's own faults print the entity, or the value that is wrong.
  if (typeof error.getEntity !== 'function') return message;
  const [first = ''] = message.split('\n');
  return first.replace(/( of type '[^']*' to ).*( of type ')/, '$1…$2').replace(/, .* (?:found|given)\b.*$/, '');
}
