import {
  ConfigurationError,
  knownOptions,
  type OptionNames,
  type Plan,
  type Plugin,
  type RouteCall,
  type RouteDefinition,
} from '@sallyport/core';
import { type Asset, type AssetPackage, assetOf, assetPackage } from './assets.ts';
import { documentedRoutes, openapiDocument } from './document.ts';
import type { OpenApiOptions, OpenApiPaths, OpenApiVersion } from './options.ts';
import { oauthRedirectPage, type PageSubject, redocInit, redocPage, swaggerInit, swaggerPage } from './pages.ts';
import { isOpened } from './security.ts';
import { type Keeping, serveAsset } from './serve-asset.ts';

const usualPaths: OpenApiPaths = {
  document: '/openapi.json',
  document30: '/openapi-3.0.json',
  docs: '/docs',
  redoc: false,
};

const names: OptionNames<OpenApiOptions> = {
  version: true,
  info: true,
  servers: true,
  securitySchemes: true,
  scopes: true,
  tags: true,
  externalDocs: true,
  schemas: true,
  include: true,
  paths: true,
  scope: true,
};

const json = 'application/json; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** Documents that are kept, one for each set of routes that has been asked for of late. */
const MOST_DOCUMENTS = 8;

/**
 * Serves the API's OpenAPI documents and pages that show them: Swagger UI, and Redoc when asked for. Everything comes
 * from this server; nothing is loaded from elsewhere. Its own routes are not in the documents.
 *
 * @throws ConfigurationError for an option that there is none of, and when the start finds that a document cannot be made, or a page's package is not installed
 * @example createApi({ …, plugins: [openapi({ info: { license: { name: 'MIT', identifier: 'MIT' } } })] })
 * @see docs/reference/openapi.md
 */
export function openapi(options: OpenApiOptions = {}): Plugin {
  knownOptions('plugins.openapi', options, names);
  knownOptions('plugins.openapi.paths', options.paths, usualPaths);
  const paths = { ...usualPaths, ...options.paths };
  return {
    name: 'openapi',
    routes: (plan) => {
      const serving = new Serving(plan, options, paths);
      return [
        ...serving.documents(),
        ...(paths.docs === false ? [] : serving.swagger(paths.docs)),
        ...(paths.redoc === false ? [] : serving.redoc(paths.redoc)),
      ];
    },
    start: (plan) => {
      openapiDocument(plan, { ...options, version: '3.0' });
    },
  };
}

class Serving {
  readonly #plan: Plan;
  readonly #options: OpenApiOptions;
  readonly #paths: OpenApiPaths;
  readonly #documents = new Map<string, Asset>();

  constructor(plan: Plan, options: OpenApiOptions, paths: OpenApiPaths) {
    this.#plan = plan;
    this.#options = options;
    this.#paths = paths;
  }

  documents(): readonly RouteDefinition[] {
    const usual = this.#options.version ?? '3.1';
    const { document, document30 } = this.#paths;
    const versions = { type: 'string', enum: ['3.0', '3.1'] };
    const first: RouteDefinition = {
      ...this.#route(document, 'openapi.document', 'revalidate', (call) =>
        this.#document((call.parameters.version as OpenApiVersion | undefined) ?? usual),
      ),
      parameters: [{ name: 'version', description: 'Version of OpenAPI.', schema: versions }],
    };
    if (document30 === false) return [first];
    return [first, this.#route(document30, 'openapi.document30', 'revalidate', () => this.#document('3.0'))];
  }

  swagger(path: string): readonly RouteDefinition[] {
    const files = assetPackage('swagger-ui-dist', 'plugins.openapi.paths.docs');
    const subject = this.#subject(path, files);
    const page = swaggerPage(subject);
    const init = swaggerInit(subject);
    const redirect = oauthRedirectPage();
    const at = (name: string) => `${path}/${name}`;
    return [
      this.#route(path, 'openapi.docs', 'revalidate', () => page, this.#policy('swagger')),
      this.#route(at('init.js'), 'openapi.docs.init', 'revalidate', () => init),
      this.#file(at('swagger-ui.css'), 'openapi.docs.style', files, 'swagger-ui.css', 'text/css; charset=utf-8'),
      this.#file(at('swagger-ui-bundle.js'), 'openapi.docs.script', files, 'swagger-ui-bundle.js', script),
      this.#file(at('favicon-32x32.png'), 'openapi.docs.icon', files, 'favicon-32x32.png', 'image/png'),
      this.#route(at('oauth2-redirect'), 'openapi.docs.redirect', 'revalidate', () => redirect, redirectPolicy),
      this.#file(at('oauth2-redirect.js'), 'openapi.docs.redirectScript', files, 'oauth2-redirect.js', script),
    ];
  }

  redoc(path: string): readonly RouteDefinition[] {
    const files = assetPackage('redoc', 'plugins.openapi.paths.redoc');
    const subject = this.#subject(path, files);
    const page = redocPage(subject);
    const init = redocInit(subject);
    const bundle = 'redoc.standalone.js';
    return [
      this.#route(path, 'openapi.redoc', 'revalidate', () => page, this.#policy('redoc')),
      this.#route(`${path}/init.js`, 'openapi.redoc.init', 'revalidate', () => init),
      this.#file(`${path}/${bundle}`, 'openapi.redoc.script', files, `bundles/${bundle}`, script),
    ];
  }

  #document(version: OpenApiVersion): Asset {
    // Whom a route is open to can change while the API runs, as what is shown can.
    const shown = documentedRoutes(this.#plan, this.#options).map((route) =>
      isOpened(route, this.#plan) ? `${route.name}+` : route.name,
    );
    const key = `${version} ${shown.join(' ')}`;
    let asset = this.#documents.get(key);
    if (asset === undefined) {
      asset = assetOf(JSON.stringify(openapiDocument(this.#plan, { ...this.#options, version })), json);
      const [oldest] = this.#documents.keys();
      if (oldest !== undefined && this.#documents.size >= MOST_DOCUMENTS) this.#documents.delete(oldest);
      this.#documents.set(key, asset);
    }
    return asset;
  }

  #route(
    path: string,
    name: string,
    keeping: Keeping,
    asset: (call: RouteCall) => Asset | Promise<Asset>,
    policy?: string,
  ): RouteDefinition {
    const { scope = 'public' } = this.#options;
    const shared = scope === 'public';
    const headers = { keeping, shared, ...(policy === undefined ? {} : { policy }) };
    return {
      method: 'GET',
      path,
      name,
      scope,
      hidden: true,
      envelope: 'none',
      handle: async (call) => serveAsset(await asset(call), call.head, headers),
    };
  }

  /** A file of a package. Its address carries the package's version, so it never changes. */
  #file(path: string, name: string, files: AssetPackage, file: string, type: string): RouteDefinition {
    return {
      ...this.#route(path, name, 'forever', () => files.file(file, type)),
      parameters: [{ name: 'v', description: 'Version of the file.', schema: { type: 'string' } }],
    };
  }

  #subject(path: string, { version }: AssetPackage): PageSubject {
    return {
      title: this.#options.info?.title ?? this.#plan.api.title,
      document: relative(path, this.#paths.document),
      folder: path.slice(path.lastIndexOf('/') + 1),
      version,
    };
  }

  /** What a page may load and call: its own files, and the servers that the document names. */
  #policy(page: 'swagger' | 'redoc'): string {
    const servers = (this.#options.servers ?? []).flatMap(({ url }) =>
      URL.canParse(url) ? [new URL(url).origin] : [],
    );
    const parts = {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      // Redoc writes its styles into the page.
      'style-src': ["'self'", ...(page === 'redoc' ? ["'unsafe-inline'"] : [])],
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'", ...new Set(servers)],
      ...(page === 'redoc' ? { 'worker-src': ['blob:'] } : {}),
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    };
    return Object.entries(parts)
      .map(([name, values]) => `${name} ${values.join(' ')}`)
      .join('; ');
  }
}

const redirectPolicy = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The address of `target` as a page at `page` can name it. @throws ConfigurationError for a path without a slash */
function relative(page: string, target: string): string {
  for (const path of [page, target]) {
    if (!path.startsWith('/'))
      throw new ConfigurationError('plugins.openapi.paths', `"${path}" does not begin with a slash`);
  }
  return '../'.repeat(page.split('/').length - 2) + target.slice(1);
}
