import { ConfigurationError } from '../errors/index.ts';
import { isFieldValue, isToken } from './characters.ts';

export interface SecurityHeaderOptions {
  /** `Strict-Transport-Security` (RFC 6797); not sent when absent. Seconds. */
  readonly hsts?: { readonly maxAge: number; readonly includeSubDomains?: boolean; readonly preload?: boolean };
  /** Other values, or `undefined` to send no such header. Lower-case names. */
  readonly overrides?: Readonly<Record<string, string | undefined>>;
}

/**
 * The headers that every response of an API starts with: nothing is cached, sniffed, framed or referred. A route may
 * replace them; a page that is shown in a browser brings a policy of its own.
 *
 * @throws ConfigurationError for an override that cannot be sent
 */
export function securityHeaders(options: SecurityHeaderOptions = {}): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    vary: 'Authorization, Origin, Accept',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  };
  if (options.hsts !== undefined) {
    const { maxAge, includeSubDomains, preload } = options.hsts;
    if (!Number.isSafeInteger(maxAge) || maxAge < 0) {
      throw new ConfigurationError('securityHeaders.hsts.maxAge', 'a whole number of seconds is needed');
    }
    const parts = [`max-age=${maxAge}`, includeSubDomains && 'includeSubDomains', preload && 'preload'];
    headers['strict-transport-security'] = parts.filter(Boolean).join('; ');
  }
  for (const [name, value] of Object.entries(options.overrides ?? {})) {
    if (!isToken(name) || name !== name.toLowerCase() || (value !== undefined && !isFieldValue(value))) {
      throw new ConfigurationError(`securityHeaders.overrides.${name}`, 'this header cannot be sent');
    }
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  return Object.freeze(headers);
}
