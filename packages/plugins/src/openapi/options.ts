import type { JsonSchema, PlannedRoute, Scope } from '@sallyport/core';
import type { ContactObject, ExternalDocumentationObject, LicenseObject, ServerObject } from 'openapi3-ts/oas31';

/** Versions of the specification that documents are made in. */
export type OpenApiVersion = '3.0' | '3.1';

/** What stands at the head of a document; the API's own title, version and description when absent. */
export interface DocumentInfo {
  readonly title?: string;
  readonly version?: string;
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: ContactObject;
  /** `identifier` is an SPDX expression; a 3.0 document, which has no such member, links to its page. */
  readonly license?: LicenseObject;
}

/** What a document says beyond the plan. */
export interface DocumentOptions {
  readonly version?: OpenApiVersion;
  readonly info?: DocumentInfo;
  /** Where the API is served. Default: its base path on the host that serves the document. */
  readonly servers?: readonly ServerObject[];
  /** Security schemes by name: replace or complete those of the API's strategies. */
  readonly securitySchemes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Descriptions of scopes, before those of the API's vocabulary. */
  readonly scopes?: Readonly<Record<string, string>>;
  /** Descriptions of tags. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly externalDocs?: ExternalDocumentationObject;
  /** Schemas that have a name of their own wherever they occur, beside those with a `title`. */
  readonly schemas?: Readonly<Record<string, JsonSchema>>;
  /** Which of the routes that are not hidden the document shows: one category, what is switched on. Default: all. */
  readonly include?: (route: PlannedRoute) => boolean;
}

/** Where documents and pages are served, below the API's base path; `false`: not at all. */
export interface OpenApiPaths {
  /** Default `/openapi.json`; `?version=3.0` answers the older form. */
  readonly document: string;
  /** The document as 3.0. Default `/openapi-3.0.json`. */
  readonly document30: string | false;
  /** Swagger UI. Default `/docs`. */
  readonly docs: string | false;
  /** Redoc. Default: not served; it needs the package `redoc` (2.5) installed beside this one. */
  readonly redoc: string | false;
}

export interface OpenApiOptions extends DocumentOptions {
  readonly paths?: Partial<OpenApiPaths>;
  /** Who may see documents and pages. Default `public`. A browser sends no token when it opens a page. */
  readonly scope?: Scope;
}
