import { key, where } from '@sallyport/core';
import type { Identifier } from '../entities/index.ts';

/** Where registrants' identifiers are kept, and which of them count: those that were not taken back (contract §7.2). */
const identifiers = {
  system: 'type.uri',
  value: 'value',
  where: (model: Parameters<typeof where>[0]) => () => where<Identifier>(model).ne('status', 'invalid'),
  order: ['-id'],
};

/** How registrants are named: by any live identifier; the newest is the one that is shown (contract §7). */
export const registrantKey = key.external({ ...identifiers, through: 'identifiers' });

/** How memberships are named: by their beneficiary's identifiers (contract §12.2). */
export const beneficiaryKey = key.external({ ...identifiers, through: 'registrant.identifiers' });
