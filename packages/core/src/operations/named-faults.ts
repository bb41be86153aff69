import { type Issue, type IssueCode, SallyportError } from '../errors/index.ts';
import { isWritable } from '../fields/members.ts';
import type { ResourcePlan } from '../plan/resource-plan.ts';

const issues: Readonly<Record<string, { readonly code: IssueCode; readonly message: string }>> = {
  duplicate: { code: 'unique', message: 'The value is taken.' },
  unresolved_reference: { code: 'reference', message: 'The reference does not resolve.' },
  invalid_body: { code: 'rule', message: 'The value is not acceptable.' },
};

/**
 * A fault that the database found, in the terms of the body: the store names properties, the caller knows fields.
 * Properties that the caller cannot write are not spoken of. Everything else passes as it is.
 */
export function inFields(error: unknown, plan: ResourcePlan): unknown {
  if (!(error instanceof SallyportError) || error.issues.length > 0) return error;
  const { entity, properties } = error.facts;
  const said = issues[error.code];
  if (said === undefined || entity !== plan.model.name || !Array.isArray(properties)) return error;
  const found = plan.members.flatMap((member): Issue[] => {
    const { property } = member.codec;
    const concerned = property !== undefined && properties.includes(property.name) && isWritable(member, true);
    return concerned ? [{ in: 'body', path: [member.name], ...said }] : [];
  });
  if (found.length === 0) return error;
  const { code, status, title, detail, headers, facts } = error;
  return new SallyportError(code, {
    status,
    title,
    detail,
    headers,
    facts,
    issues: found,
    resource: plan.name,
    cause: error,
  });
}
