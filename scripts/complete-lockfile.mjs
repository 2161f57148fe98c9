/**
 * Adds to package-lock.json the builds for other platforms that npm left out. A registry mirror may
 * hold only the builds of its own platform; npm then writes a lockfile without the others, and
 * `npm ci` refuses it everywhere. The added entries have a version and a platform; their integrity is
 * not known here, and `npm install` on such a platform fills it in.
 *
 * Usage: node scripts/complete-lockfile.mjs [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const LIBRARIES = { gnu: 'glibc', musl: 'musl', gnueabihf: 'glibc', musleabihf: 'musl' };

/** The folders in which a package at `where` finds its dependencies, nearest first. */
function lookups(where, name) {
  const parts = where === '' ? [] : where.split('/node_modules/');
  const above = parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/'));
  return [...above.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
}

/** `@oxlint/binding-linux-arm64-musl` → os, cpu and libc as npm writes them. */
function platformOf(name) {
  const words = name.replace(/^.*\//, '').split('-');
  const system = words.findIndex((word) => SYSTEMS.includes(word));
  const library = LIBRARIES[words[system + 2]];
  return {
    os: [words[system]],
    cpu: [words[system + 1]],
    ...(words[system] === 'linux' && library !== undefined ? { libc: [library] } : {}),
  };
}

/** Path in node_modules → entry, for each optional dependency that the lockfile does not hold. */
function missingBuilds({ packages }) {
  const missing = {};
  for (const [where, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (lookups(where, name).some((path) => path in packages)) continue;
      missing[`node_modules/${name}`] = {
        version,
        ...platformOf(name),
        ...(dev === true ? { dev } : {}),
        optional: true,
      };
    }
  }
  return missing;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(root, 'package-lock.json');
const lockfile = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingBuilds(lockfile);
const count = Object.keys(missing).length;
if (process.argv.includes('--check')) {
  if (count > 0) console.error(`package-lock.json lacks ${count} builds: node scripts/complete-lockfile.mjs`);
  process.exitCode = count > 0 ? 1 : 0;
} else if (count > 0) {
  const byPath = ([a], [b]) => (a < b ? -1 : 1);
  lockfile.packages = Object.fromEntries(Object.entries({ ...lockfile.packages, ...missing }).sort(byPath));
  writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
  console.log(`added ${count} builds`);
}
