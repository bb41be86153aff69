import type { Plugin, RouteCall } from '@sallyport/core';
import type { AuditedRoute } from '@sallyport/plugins/audit';
import { bulkExport } from '@sallyport/plugins/bulk-export';

/** What can be exported by identifiers (contract §14). */
const resources = { Individual: 'individual', Group: 'group' } as const;

interface Sent {
  readonly type?: unknown;
  readonly identifiers?: unknown;
}

const sentBy = ({ body }: RouteCall): Sent => (body.kind === 'json' ? ((body.value ?? {}) as Sent) : {});

/** The name of the route of exports. */
export const exportRoute = 'bulkExport';

/** The identifiers that an export asks for. */
export function identifiersSent(call: RouteCall): readonly unknown[] | undefined {
  const { identifiers } = sentBy(call);
  return Array.isArray(identifiers) ? identifiers : undefined;
}

/** `POST /$bulk/export`: 100 people or groups at most. */
export function exports(): Plugin {
  return bulkExport({ resources, parameters: ['_elements', '_extensions'], limit: 100, tags: ['Bulk'] });
}

/** How an export is audited: as one, by the number of identifiers (contract §20.2). */
export const auditedExport: AuditedRoute = {
  operation: 'export',
  resource(call) {
    const { type } = sentBy(call);
    return type === 'Individual' || type === 'Group' ? resources[type] : undefined;
  },
  identifier(call) {
    const identifiers = identifiersSent(call);
    return identifiers && `bulk:${identifiers.length}`;
  },
};
