import { formatEntityTag, isNotModified, type Outcome, type RequestHead } from '@sallyport/core';
import type { Asset } from './assets.ts';

/** How long a browser may keep an answer: until it has asked again, or as long as it likes. */
export type Keeping = 'revalidate' | 'forever';

/** Answers a file: whole, or 304 to a caller who has it (RFC 9110 section 13.1.2). */
export function serveAsset(
  { body, contentType, etag }: Asset,
  head: RequestHead,
  options: { readonly keeping: Keeping; readonly shared: boolean; readonly policy?: string },
): Outcome {
  const { keeping, shared, policy } = options;
  const cache = keeping === 'forever' ? 'max-age=31536000, immutable' : 'no-cache';
  const headers: Record<string, string> = {
    etag: formatEntityTag(etag),
    'cache-control': `${shared ? 'public' : 'private'}, ${cache}`,
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
  };
  if (isNotModified(head.headers, { etag })) return { kind: 'raw', status: 304, headers, body: '' };
  return { kind: 'raw', status: 200, headers: { ...headers, 'content-type': contentType }, body };
}
