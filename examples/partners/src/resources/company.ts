import { type CallContext, type Condition, defineResource, key, type Where } from '@sallyport/core';
import { Company } from '../entities/index.ts';

/** The company that the caller belongs to: a client application, or a person. */
export function companyOf({ principal }: CallContext): string | undefined {
  const company = 'attributes' in principal ? principal.attributes.company : undefined;
  return typeof company === 'string' ? company : undefined;
}

/** The company of the caller, and none for a caller without one. */
export function ownCompany(call: CallContext, where: Where<Company>): Condition {
  const company = companyOf(call);
  return company === undefined ? where.never : where.eq('name', company);
}

export const companies = defineResource(Company, {
  name: 'company',
  path: '/company/rest',
  key: key.masked(),
  tags: ['settings'],
  category: 'Settings',
  fields: (f) => ({ name: f.field('name', { filter: true, sort: true }) }),
  domain: ownCompany,
  order: ['name'],
  operations: { search: { count: 'exact' }, read: true },
});
