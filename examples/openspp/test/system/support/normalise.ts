import { type RawReply, transcript } from '@sallyport/adapters/testing';

/** What two servers that do the same must yet say differently, and what is compared in its stead. */
const rules: readonly (readonly [name: string, pattern: RegExp, instead: string])[] = [
  ['request id', /^x-request-id: \S+$/gim, 'x-request-id: <request id>'],
  ['request id in a problem', /urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid:<request id>'],
  ['time', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '<time>'],
  ['HTTP date', /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>'],
  ['version', /"versionId":"\d{16}"/g, '"versionId":"<version>"'],
  ['entity tag of a version', /^etag: "\d{16}"$/gim, 'etag: "<version>"'],
  ['limit', /^(x-ratelimit-(?:remaining|reset)): \d+$/gim, '$1: <count>'],
  ['token', /"access_token":"[\w-]+\.[\w-]+\.[\w-]+"/g, '"access_token":"<token>"'],
];

/** Status line, headers in their order and body, without what is the connection's own. */
export function normalised(reply: RawReply): string {
  return rules.reduce((text, [, pattern, instead]) => text.replaceAll(pattern, instead), transcript(reply));
}
