import type { Logger } from '../services/logger.ts';

/** What a {@link memoryLogger} was told. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string | undefined;
}

/** A logger that keeps what it is told, for tests; children write into the same list. */
export function memoryLogger(
  bindings: Record<string, unknown> = {},
  lines: LoggedLine[] = [],
): Logger & { readonly lines: LoggedLine[] } {
  const write = (level: LoggedLine['level']) => (fields: object, message?: string) => {
    lines.push({ level, fields: { ...bindings, ...fields }, message });
  };
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => memoryLogger({ ...bindings, ...more }, lines),
  };
}
