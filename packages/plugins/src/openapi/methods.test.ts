import { ConfigurationError, type MethodDefinition, method } from '@sallyport/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenShop, openShop } from './fixtures/shop.ts';
import { openapiDocument } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents are looked at by matchers
type Looked = any;

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop?.close());

/** The shop, with one method more. */
function having(definition: Omit<MethodDefinition, 'on' | 'scope' | 'run'>) {
  const extra = method({ on: 'collection', scope: 'public', ...definition, run: () => ({}) });
  const resources = [...shop.api.plan.resources.values()].map(({ descriptor }) =>
    descriptor.name === 'article' ? { ...descriptor, methods: { ...descriptor.methods, extra } } : descriptor,
  );
  return shop.another({ resources });
}

it('shows records that a method answers as the reads of their resource do', async () => {
  const headers = { 'X-Made': { description: 'Who made it.', schema: { type: 'string' } } };
  const api = await having({
    output: (record) => ({ type: 'object', properties: { article: record('article'), land: record('country') } }),
    responses: { 200: { description: 'Both.', headers } },
  });
  const { paths }: Looked = openapiDocument(api.plan);
  const read = (path: string) => paths[path].get.responses['200'].content['application/json'].schema;
  const success = paths['/article/extra'].post.responses['200'];
  expect(success.content['application/json'].schema.properties).toEqual({
    article: read('/article/{key}'),
    land: read('/country/{key}'),
  });
  // What is said besides of the status of success does not take the place of its schema.
  expect(success).toMatchObject({ description: 'Both.', headers });
});

it('refuses the schema of a resource that there is none of', async () => {
  const making = having({ output: (record) => record('moon') });
  await expect(making).rejects.toThrow(ConfigurationError);
  await expect(making).rejects.toThrow('resources.article.methods.extra.output: there is no resource "moon"');
});

it('describes parameters of paths, and shows no body of a DELETE that declares none', async () => {
  const which = { type: 'string', description: 'Which one.', examples: ['a'] };
  const api = await having({ verb: 'DELETE', path: 'extra/{which}', pathParameters: { which } });
  const { paths }: Looked = openapiDocument(api.plan);
  const operation = paths['/article/extra/{which}'].delete;
  expect(operation.parameters).toEqual([
    {
      name: 'which',
      in: 'path',
      required: true,
      description: 'Which one.',
      schema: { type: 'string', examples: ['a'] },
    },
  ]);
  expect(operation).not.toHaveProperty('requestBody');
});

it('lists scopes that only calls inside others need', async () => {
  const resources = [...shop.api.plan.resources.values()].map(({ descriptor }) =>
    descriptor.name === 'article'
      ? {
          ...descriptor,
          operations: { ...descriptor.operations, delete: { reach: 'inside', scope: 'article:bury' } as const },
        }
      : descriptor,
  );
  const api = await shop.another({ resources });
  const flows = { clientCredentials: { tokenUrl: '/token', scopes: {} } };
  const securitySchemes = { oauth: { type: 'oauth2', flows } };
  const { components }: Looked = openapiDocument(api.plan, { securitySchemes });
  expect(Object.keys(components.securitySchemes.oauth.flows.clientCredentials.scopes)).toContain('article:bury');
});
