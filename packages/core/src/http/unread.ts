const unread = new WeakSet<object>();

/** Marks an error as thrown before the request's body was read to its end; answers the error. */
export function markBodyUnread<E extends object>(error: E): E {
  unread.add(error);
  return error;
}

/**
 * Whether the error was thrown by {@link readBody} while bytes of the body were still to come: the response then asks
 * for the connection to be closed (`RawResponse.close`), as the rest would be taken for the next request.
 */
export function bodyLeftUnread(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unread.has(error);
}

/**
 * Whether the headers announce a body (RFC 9112 section 6.3). A stage that answers before the body is read (401, 404)
 * closes the connection after its response when they do.
 */
export function announcesBody(headers: Readonly<Record<string, string>>): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}
