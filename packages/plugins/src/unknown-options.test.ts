import { describe, expect, it } from 'vitest';
import { audit } from './audit/index.ts';
import { bulkExport } from './bulk-export/index.ts';
import { bundle } from './bundle/index.ts';
import { cors } from './cors/index.ts';
import { extensions } from './extensions/index.ts';
import { filters } from './filters/index.ts';
import { hashids } from './hashids/index.ts';
import { openapi } from './openapi/index.ts';
import { postmanCollection } from './postman/index.ts';
import { rateLimit } from './rate-limit/index.ts';

/** Options as JavaScript may write them: the compiler refuses the same. */
// biome-ignore lint/suspicious/noExplicitAny: the tests write what types forbid
type Loose = any;

const document = { openapi: '3.1.0', info: { title: 'A', version: '1' }, paths: {} };

describe('an option that there is none of stops the start', () => {
  it.each<[place: string, nearest: string, make: () => unknown]>([
    ['plugins.bundle.limit', 'limits', () => bundle({ limit: 1 } as Loose)],
    ['plugins.bundle.limits.batches', 'batch', () => bundle({ limits: { batches: 1 } } as Loose)],
    ['plugins.audit.record', 'records', () => audit({ record: 'all' } as Loose)],
    ['plugins.audit.queue.wat', 'wait', () => audit({ queue: { wat: 1 } } as Loose)],
    ['plugins.audit.routes.r.operations', 'operation', () => audit({ routes: { r: { operations: 'x' } } } as Loose)],
    ['plugins.bulkExport.limits', 'limit', () => bulkExport({ limits: 1 } as Loose)],
    ['plugins.bulkExport.names.key', 'keys', () => bulkExport({ names: { key: 'ids' } } as Loose)],
    ['plugins.filters.resource', 'resources', () => filters({ resources: {}, resource: {} } as Loose)],
    ['plugins.extensions.parameters', 'parameter', () => extensions({ parameters: '_ext' } as Loose)],
    ['plugins.rateLimit.perMinut', 'perMinute', () => rateLimit({ perMinut: 5 } as Loose)],
    ['plugins.rateLimit.network.perday', 'perDay', () => rateLimit({ network: { perMinute: 1, perday: 2 } } as Loose)],
    ['plugins.rateLimit.cost.operation', 'operations', () => rateLimit({ cost: { operation: {} } } as Loose)],
    [
      'plugins.rateLimit.cost.page.sizes',
      'size',
      () => rateLimit({ cost: { page: { parameter: 'limit', sizes: 1 } } } as Loose),
    ],
    ['plugins.cors.origin', 'origins', () => cors({ origin: '*' } as Loose)],
    ['plugins.hashids.minlength', 'minLength', () => hashids({ secret: 's'.repeat(32), minlength: 4 } as Loose)],
    ['plugins.openapi.path', 'paths', () => openapi({ path: '/x' } as Loose)],
    ['plugins.openapi.paths.doc', 'docs', () => openapi({ paths: { doc: '/x' } } as Loose)],
    ['postmanCollection.baseURL', 'baseUrl', () => postmanCollection(document, { baseURL: 'x' } as Loose)],
  ])('%s', (place, nearest, make) => {
    expect(make).toThrow(`${place}: there is no such option: did you mean "${nearest}"?`);
  });
});
