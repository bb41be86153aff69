import { readFile } from 'node:fs/promises';
import { Ajv, type ErrorObject } from 'ajv';
import { BootstrapError, placeOf, stepsOf } from './bootstrap-error.ts';
import { type Bootstrap, BootstrapSchema } from './schema.ts';

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

const ajv = new Ajv({ strict: true, allowUnionTypes: true });
ajv.addFormat('date', isDay);
ajv.addFormat('regex', isPattern);
ajv.addFormat('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i);
const validate = ajv.compile<Bootstrap>(BootstrapSchema);

const formats: Readonly<Record<string, string>> = {
  date: 'must be a date that exists, as YYYY-MM-DD',
  regex: 'must be a regular expression',
  uuid: 'must be a UUID',
};

/** Says what is wrong without repeating what was written: it may be a secret. */
function describe(error: ErrorObject): string {
  switch (error.keyword) {
    case 'additionalProperties':
      return 'is not a known property';
    case 'required':
      return 'is missing';
    case 'enum':
      return `must be one of ${(error.params.allowedValues as readonly string[]).join(', ')}`;
    case 'format':
      return formats[error.params.format as string] ?? 'has the wrong format';
    case 'anyOf':
      return 'must be "resource:action", or an object with "scope" and "fields"';
    case 'pattern':
      return `must match ${error.params.pattern}`;
    default:
      return error.message ?? 'is not allowed';
  }
}

function faultOf(errors: readonly ErrorObject[]): BootstrapError {
  // Of a choice that failed, the deepest fault is the one that the writer meant.
  const error = errors.reduce((deepest, each) => {
    const depth = (one: ErrorObject) => one.instancePath.split('/').length + (one.keyword === 'anyOf' ? 0.5 : 0);
    return depth(each) > depth(deepest) ? each : deepest;
  });
  const steps = stepsOf(error.instancePath);
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  const property = missingProperty ?? additionalProperty;
  if (property !== undefined) steps.push(property);
  return new BootstrapError(placeOf(steps) || 'bootstrap file', describe(error));
}

/** Faults between the parts of an entry, which a schema does not tell well. */
function checkConsents({ consents = [] }: Bootstrap): void {
  for (const [index, consent] of consents.entries()) {
    const fault = (property: string, message: string) =>
      new BootstrapError(placeOf(['consents', index, property]), message);
    if (consent.signatory === undefined && consent.group === undefined) {
      throw fault('signatory', 'is missing, and so is "group": a consent needs one of them');
    }
    const mode = consent.recipientMode ?? 'specific';
    if (mode === 'specific' && consent.allowedRecipientTypes !== undefined) {
      throw fault('allowedRecipientTypes', 'belongs to the recipient mode "category"');
    }
    if (mode === 'category' && consent.recipients !== undefined) {
      throw fault('recipients', 'belongs to the recipient mode "specific"');
    }
    if ((consent.effectiveDate ?? '') > (consent.expiryDate ?? '9999')) {
      throw fault('expiryDate', 'lies before the effective date');
    }
    for (const [place, scope] of consent.scopes.entries()) {
      if (scope.customFields !== undefined && scope.fieldAccess !== 'custom') {
        const path = ['consents', index, 'scopes', place, 'customFields'];
        throw new BootstrapError(placeOf(path), 'belongs to the field access "custom"');
      }
    }
  }
}

/**
 * Checks what a bootstrap file holds, but for the bodies of records.
 *
 * @throws BootstrapError that names the first fault's place
 */
export function checkBootstrap(value: unknown): Bootstrap {
  if (!validate(value)) throw faultOf(validate.errors ?? []);
  checkConsents(value);
  return value;
}

/**
 * Reads and checks a bootstrap file.
 *
 * @throws BootstrapError when it cannot be read, is no JSON, or {@link checkBootstrap} finds a fault
 */
export async function readBootstrap(file: string): Promise<Bootstrap> {
  let value: unknown;
  try {
    value = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    // A syntax error's message quotes the text around it, and that may be a secret.
    throw new BootstrapError(file, error instanceof SyntaxError ? reason : `${reason}: ${(error as Error).message}`);
  }
  return checkBootstrap(value);
}
