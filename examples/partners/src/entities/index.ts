import { AuthClient, AuthToken } from '@sallyport/auth';
import { Company } from './company.ts';
import { Country } from './country.ts';
import { Order, OrderLine } from './order.ts';
import { Partner } from './partner.ts';
import { Setting } from './setting.ts';
import { Tag } from './tag.ts';

export { categories } from './partner.ts';
export { Company, Country, Order, OrderLine, Partner, Setting, Tag };

/** Everything that has a table: the example's own, and the client applications and tokens of `@sallyport/auth`. */
export const entities = [Country, Company, Tag, Partner, Order, OrderLine, Setting, AuthClient, AuthToken];
