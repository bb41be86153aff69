import { readFile } from 'node:fs/promises';
import { Ajv, type ErrorObject } from 'ajv';
import { BootstrapError, type BootstrapFault, placeOf, stepsOf } from './bootstrap-error.ts';
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

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
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

function faultOf(error: ErrorObject): BootstrapFault {
  const steps = stepsOf(error.instancePath);
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  const property = missingProperty ?? additionalProperty;
  if (property !== undefined) steps.push(property);
  return { place: placeOf(steps) || 'bootstrap file', message: describe(error) };
}

/** Faults of a choice that failed are those inside of what the writer has chosen, or else that of the choice. */
function meant(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath);
  const isInside = (choice: string, { instancePath, keyword }: ErrorObject) =>
    instancePath.startsWith(`${choice}/`) || (instancePath === choice && keyword === 'additionalProperties');
  const found = new Set(choices.filter((choice) => errors.some((error) => isInside(choice, error))));
  return errors.filter((error) => {
    const { instancePath, keyword } = error;
    if (!choices.includes(instancePath)) return true;
    return found.has(instancePath) ? isInside(instancePath, error) : keyword === 'anyOf';
  });
}

/** The faults of a schema, one for each place. */
function schemaFaults(errors: readonly ErrorObject[]): readonly BootstrapFault[] {
  const faults = new Map<string, BootstrapFault>();
  for (const fault of meant(errors).map(faultOf)) if (!faults.has(fault.place)) faults.set(fault.place, fault);
  return [...faults.values()];
}

/** Faults between the parts of an entry, which a schema does not tell well. */
function consentFaults({ consents = [] }: Bootstrap): readonly BootstrapFault[] {
  const faults: BootstrapFault[] = [];
  for (const [index, consent] of consents.entries()) {
    const fault = (message: string, ...path: (string | number)[]) =>
      void faults.push({ place: placeOf(['consents', index, ...path]), message });
    if (consent.signatory === undefined && consent.group === undefined) {
      fault('is missing, and so is "group": a consent needs one of them', 'signatory');
    }
    const mode = consent.recipientMode ?? 'specific';
    if (mode === 'specific' && consent.allowedRecipientTypes !== undefined) {
      fault('belongs to the recipient mode "category"', 'allowedRecipientTypes');
    }
    if (mode === 'category' && consent.recipients !== undefined) {
      fault('belongs to the recipient mode "specific"', 'recipients');
    }
    if ((consent.effectiveDate ?? '') > (consent.expiryDate ?? '9999')) {
      fault('lies before the effective date', 'expiryDate');
    }
    for (const [place, scope] of consent.scopes.entries()) {
      if (scope.customFields !== undefined && scope.fieldAccess !== 'custom') {
        fault('belongs to the field access "custom"', 'scopes', place, 'customFields');
      }
    }
  }
  return faults;
}

/**
 * Checks what a bootstrap file holds, but for the bodies of records.
 *
 * @throws BootstrapError that names the places of all faults, a line each; those between the parts of a consent when there
 * are no others
 */
export function checkBootstrap(value: unknown): Bootstrap {
  const [first, ...others] = validate(value) ? consentFaults(value) : schemaFaults(validate.errors ?? []);
  if (first !== undefined) throw BootstrapError.of([first, ...others]);
  // Without faults it is one.
  return value as Bootstrap;
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
