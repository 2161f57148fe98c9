/**
 * Bundles the dashboard into two files, `app.js` and `app.css`. The production fold is part of it: what
 * it takes from Node (a hash, a deep comparison, the length of a text) is replaced by small pure parts.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const shim = (name) => join(here, 'shims', name);

/** The fold checks records with zod; of its languages for messages nobody here reads one. */
const withoutLocales = {
  name: 'without-locales',
  setup(bundler) {
    bundler.onResolve({ filter: /locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('zod') ? { path: shim('locales.ts') } : undefined,
    );
  },
};

/** Writes into `folder`. Rejects with the bundler's words when something does not resolve. */
export async function bundleDashboard(folder) {
  await build({
    entryPoints: { app: join(here, 'app.tsx') },
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022'],
    minify: true,
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfig: join(here, 'tsconfig.json'),
    alias: { 'node:crypto': shim('crypto.ts'), 'node:util': shim('util.ts') },
    plugins: [withoutLocales],
    inject: [shim('buffer.ts')],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
}
