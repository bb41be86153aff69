import { request } from './request.ts';

/** What everybody may read (contract §5), and what lies beside the API. */
export const documentRequests = [
  request('metadata', 'GET /metadata', 200, { as: null }),
  request('metadata with a token that is no token', 'GET /metadata', 200, {
    as: null,
    headers: ['Authorization: Bearer no'],
  }),
  request('metadata by HEAD', 'HEAD /metadata', 200, { as: null }),
  request('metadata by OPTIONS', 'OPTIONS /metadata', 204, { as: null }),
  request('metadata by POST', 'POST /metadata', [405, 'method_not_allowed'], { as: null, body: {} }),
  request('metadata with a slash behind', 'GET /metadata/', 307, { as: null }),
  request('the document', 'GET /openapi.json', 200, { as: null, keep: 'document' }),
  request('the document, which is here already', 'GET /openapi.json', 304, {
    as: null,
    headers: ['If-None-Match: {{document}}'],
  }),
  request('the document of 3.0', 'GET /openapi.json?version=3.0', 200, { as: null }),
  request('the document of 2.0', 'GET /openapi.json?version=2.0', [422, 'schema_violation'], { as: null }),
  request('Swagger UI', 'GET /docs', 200, { as: null }),
  request('Swagger UI, its start', 'GET /docs/init.js', 200, { as: null }),
  request('Swagger UI, a file', 'GET /docs/favicon-32x32.png?v=1', 200, { as: null }),
  request('Swagger UI, the way back', 'GET /docs/oauth2-redirect', 200, { as: null }),
  request('Redoc', 'GET /redoc', 200, { as: null }),
  request('a file of nobody', 'GET /docs/../../../package.json', [404, 'route_not_found'], { as: null }),
  request('health', 'GET !/healthz', 200, { as: null }),
  request('readiness', 'GET !/readyz', 200, { as: null }),
  request('health by POST', 'POST !/healthz', 405, { as: null }),
  request('the root', 'GET !/', 404, { as: null }),
  request('the base path', 'GET ', [404, 'route_not_found'], { as: null }),
  request('nothing there', 'GET /Nothing', [404, 'route_not_found'], { as: null }),
];
