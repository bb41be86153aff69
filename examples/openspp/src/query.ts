import { type QueryDialect, standardQuery } from '@sallyport/core';

/** The names and leniences of OpenSPP's search parameters (contract §9.7, §17). */
export function openSppQuery(): QueryDialect {
  return standardQuery({
    names: {
      limit: '_count',
      offset: '_offset',
      order: '_sort',
      fields: '_elements',
      expand: undefined,
      count: undefined,
      cursor: undefined,
      domain: undefined,
    },
    orderStyle: 'signs',
    unknownOrder: 'default',
    unknownFields: 'ignore',
  });
}
