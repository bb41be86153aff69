import { knownOptions, type OptionNames } from '../errors/index.ts';
import { defaultRepresentation } from '../fields/codec.ts';
import { defaultLimits } from '../http/index.ts';
import { strict } from '../road/api-context.ts';
import type { ApiOptions } from './create-api.ts';

const names: OptionNames<ApiOptions> = {
  name: true,
  title: true,
  version: true,
  description: true,
  basePath: true,
  orm: true,
  store: true,
  resources: true,
  plugins: true,
  auth: true,
  scopes: true,
  envelope: true,
  query: true,
  representation: true,
  strictness: true,
  errors: true,
  limits: true,
  trustedProxies: true,
  securityHeaders: true,
  logger: true,
  services: true,
  container: true,
};

/** @throws ConfigurationError for an option of the API that there is none of, and within those that have options too */
export function checkOptions(options: ApiOptions): void {
  knownOptions('', options, names);
  knownOptions('store', options.store, { countThreshold: true, maxShapes: true, attempts: true });
  knownOptions('representation', options.representation, defaultRepresentation);
  knownOptions('strictness', options.strictness, strict);
  knownOptions('limits', options.limits, defaultLimits);
  knownOptions('limits.json', options.limits?.json, defaultLimits.json);
  knownOptions('securityHeaders', options.securityHeaders, { hsts: true, overrides: true });
  knownOptions('securityHeaders.hsts', options.securityHeaders?.hsts, {
    maxAge: true,
    includeSubDomains: true,
    preload: true,
  });
}
