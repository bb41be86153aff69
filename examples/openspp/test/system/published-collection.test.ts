import { afterAll, beforeAll, expect, it } from 'vitest';
import { base } from './requests/request.ts';
import { clientSecret } from './support/bootstrap.ts';
import { playCollection } from './support/play-collection.ts';
import { collection } from './support/published-collection.ts';
import { published } from './support/published-registry.ts';
import { type OpenSppProcess, startOpenSpp } from './support/start-openspp.ts';

let server: OpenSppProcess;
beforeAll(async () => {
  server = await startOpenSpp({ bootstrap: published });
});
afterAll(() => server?.stop());

it('the published Postman collection is played from the first request to the last', async () => {
  const variables = {
    base_url: `${server.origin}${base}`,
    client_id: 'mobile-collection-app',
    client_secret: clientSecret,
  };
  const { requests, failures } = await playCollection(collection, variables);
  expect(failures).toEqual([]);
  expect(requests.map(({ name, status, text }) => [name, status, status < 300 ? '' : text])).toEqual([
    ['token', 200, ''],
    ['search', 200, ''],
    ['read', 200, ''],
    ['create', 201, ''],
    ['read it', 200, ''],
    ['change', 200, ''],
    ['search groups', 200, ''],
    ['create a group', 201, ''],
    ['add a member', 201, ''],
    ['search programs', 200, ''],
    ['enrol', 201, ''],
    ['transaction', 200, ''],
    ['export', 200, ''],
  ]);
});
