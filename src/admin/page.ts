/**
 * The dashboard: one document, one script, one style sheet, built from `ui/` into the package. It holds no
 * data; it asks the API, with a token that the reader types when one is required.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Hono } from 'hono';
import type { Context } from 'hono';

/** Nothing but our own two files runs or styles, and nothing is fetched from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Beside this file's package when it was built; from the sources, what the last build made. */
const FOLDERS = [new URL('../../ui/', import.meta.url), new URL('../../dist/ui/', import.meta.url)];

const FILES = [
  { path: '/app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/app.css', type: 'text/css; charset=utf-8' },
] as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>onhook</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="app.css">
</head>
<body>
<div id="app"><p class="boot">The dashboard needs its script (app.js): run npm run build if it is not there.</p></div>
<script type="module" src="app.js"></script>
</body>
</html>
`;

/** `/`, `/app.js`, `/app.css`. A checkout without a build serves the document alone. */
export function pageRoutes(): Hono {
  const routes = new Hono();
  routes.get('/', (c) => {
    c.header('Content-Security-Policy', POLICY);
    return c.html(PAGE);
  });
  for (const { path, type } of FILES) {
    const body = builtFile(path.slice(1));
    if (body === undefined) continue;
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    routes.get(path, (c: Context) => {
      c.header('Content-Type', type);
      c.header('ETag', etag);
      // Asked again each time, and then mostly answered with 304: never an old page for a new node.
      c.header('Cache-Control', 'no-cache');
      return c.req.header('if-none-match') === etag ? c.body(null, 304) : c.body(body);
    });
  }
  return routes;
}

function builtFile(name: string): string | undefined {
  const folder = FOLDERS.find((candidate) => existsSync(new URL(name, candidate)));
  return folder && readFileSync(new URL(name, folder), 'utf8');
}
