import { companies } from './company.ts';
import { countries } from './country.ts';
import { orders } from './order.ts';
import { partners } from './partner.ts';
import { tags } from './tag.ts';

export { allScopes, scopes } from './scopes.ts';

export const resources = [countries, companies, tags, partners, orders];
