import { type Condition, fieldMask, type MethodRun } from '@sallyport/core';

/** A consent as its resource shows it: the fields that were asked for. */
export interface ShownConsent {
  readonly consent_id: string;
  readonly status?: string;
  readonly effective_date?: string | null;
  readonly expiry_date?: string | null;
  readonly collection_method?: string | null;
  readonly scopes?: readonly ShownScope[];
  readonly history?: readonly { readonly version: number }[];
}

export interface ShownScope {
  readonly resource_type: string;
  readonly field_access: string;
  readonly purpose: string;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that a call names, in the one form that is kept; undefined where it can be none. */
export function consentId({ params }: Pick<MethodRun, 'params'>): string | undefined {
  const id = (params.consent ?? '').toLowerCase();
  return uuid.test(id) ? id : undefined;
}

/** What is no id names nothing: it is answered like one of nobody's. */
function named(call: MethodRun): Condition | undefined {
  const id = consentId(call);
  return id === undefined ? undefined : call.records('consent').plan.key.condition(id, call);
}

/** The consent that a call names, if the caller is one of its recipients. */
export async function visibleConsent(call: MethodRun, fields: readonly string[]): Promise<ShownConsent | undefined> {
  const where = named(call);
  if (where === undefined) return undefined;
  const representation = { fields: fieldMask([...fields]), expand: [] };
  const { items } = await call.records('consent').list({ where, limit: 1, nulls: 'print', representation });
  // The resource's own fields have this form.
  return items[0] as unknown as ShownConsent | undefined;
}

/** The primary key of the consent that a call names, if the caller is one of its recipients. */
export async function consentKeys(call: MethodRun): Promise<number | undefined> {
  const where = named(call);
  const [found] = where === undefined ? [] : await call.records('consent').find(where, 1);
  return found as number | undefined;
}
