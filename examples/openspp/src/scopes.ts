import type { OperationName } from '@sallyport/core';

/** The action that an operation needs. A replace is an update. */
const actions: Readonly<Record<OperationName, string>> = {
  search: 'search',
  read: 'read',
  create: 'create',
  update: 'update',
  replace: 'update',
  delete: 'delete',
};

/**
 * The scopes of a resource's operations (contract §4.3): `all` satisfies every action, a search is open to `search` and
 * to `read`. The first is the one that a refusal names.
 */
export function scopesOf(
  resource: string,
  searching: 'read' | 'search',
): (operation: string) => readonly [string, ...string[]] {
  const scope = (action: string) => `${resource}:${action}`;
  return (operation) => {
    if (operation !== 'search') {
      return [scope(Object.hasOwn(actions, operation) ? actions[operation as OperationName] : operation), scope('all')];
    }
    const other = searching === 'read' ? 'search' : 'read';
    return [scope(searching), scope(other), scope('all')];
  };
}
