import type { Asset } from './assets.ts';
import { assetOf } from './assets.ts';

/** Text that may stand in HTML. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A value as a script's literal: no `</script>`, no line separators. */
function literal(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

/** What the pages are made for. Addresses are relative to the page, so that they hold behind any proxy. */
export interface PageSubject {
  readonly title: string;
  /** Address of the document. */
  readonly document: string;
  /** Folder of the page's own files, without a slash at its end. */
  readonly folder: string;
  /** Version of the files, so that they can be kept for ever. */
  readonly version: string;
}

/** The page of Swagger UI. No script of its own: all of it are files. */
export function swaggerPage({ title, folder, version }: PageSubject): Asset {
  return assetOf(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${folder}/swagger-ui.css?v=${version}">
<link rel="icon" type="image/png" href="${folder}/favicon-32x32.png?v=${version}" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${folder}/swagger-ui-bundle.js?v=${version}"></script>
<script src="${folder}/init.js"></script>
</body>
</html>
`,
    html,
  );
}

/** Starts Swagger UI. */
export function swaggerInit({ document, folder }: PageSubject): Asset {
  const options = { dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null, persistAuthorization: false };
  return assetOf(
    `const at = (address) => new URL(address, document.baseURI).href;
document.body.style.margin = '0';
window.ui = window.SwaggerUIBundle({
  ...${literal(options)},
  url: at(${literal(document)}),
  oauth2RedirectUrl: at(${literal(`${folder}/oauth2-redirect`)}),
  presets: [window.SwaggerUIBundle.presets.apis],
});
`,
    script,
  );
}

/** Where an authorisation server sends the browser back to. */
export function oauthRedirectPage(): Asset {
  return assetOf(
    `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorization</title></head>
<body><script src="oauth2-redirect.js"></script></body>
</html>
`,
    html,
  );
}

/** The page of Redoc. */
export function redocPage({ title, folder, version }: PageSubject): Asset {
  return assetOf(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
</head>
<body>
<div id="redoc"></div>
<script src="${folder}/redoc.standalone.js?v=${version}"></script>
<script src="${folder}/init.js"></script>
</body>
</html>
`,
    html,
  );
}

/** Starts Redoc. */
export function redocInit({ document }: PageSubject): Asset {
  const options = { disableGoogleFont: true, hideLogo: true };
  return assetOf(
    `const at = (address) => new URL(address, document.baseURI).href;
document.body.style.margin = '0';
window.Redoc.init(at(${literal(document)}), ${literal(options)}, document.getElementById('redoc'));
`,
    script,
  );
}
