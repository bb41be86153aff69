import { AuthAccount, AuthClient, AuthSession, AuthToken } from '@sallyport/auth';
import { Company } from './company.ts';
import { Country } from './country.ts';
import { Order, OrderLine } from './order.ts';
import { Partner } from './partner.ts';
import { Setting } from './setting.ts';
import { Tag } from './tag.ts';

export { categories } from './partner.ts';
export { Company, Country, Order, OrderLine, Partner, Setting, Tag };

/** Everything that has a table: the example's own, and what `@sallyport/auth` keeps of client applications and people. */
export const entities = [
  Country,
  Company,
  Tag,
  Partner,
  Order,
  OrderLine,
  Setting,
  AuthClient,
  AuthToken,
  AuthAccount,
  AuthSession,
];
