/**
 * What a function's process sees of our environment: the basics and what the operator named, never the
 * rest. This guards against accidents, not against hostile code: it runs as the same user.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** What programs need to find files, certificates, the language and the time zone. No credentials in them. */
const BASICS = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TZ',
  'LANG',
  'LC_ALL',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
];

/** Shorter values ("true", "eu-1") are no secrets and occur in ordinary text. */
const SECRET_MIN_CHARS = 8;

/** The environment of child processes: the basics and the variables that `allowed` names. Pure. */
export function childEnvironment(
  environment: Environment,
  allowed: readonly string[],
): Record<string, string> {
  const child: Record<string, string> = {};
  for (const name of [...BASICS, ...allowed]) {
    const value = environment[name];
    if (value !== undefined) child[name] = value;
  }
  return child;
}

/**
 * Replaces the values of allowed variables by their names, in texts that end up in logs and outcomes: an
 * error message likes to repeat the address and the token it failed with. Pure.
 */
export function createRedactor(
  environment: Environment,
  allowed: readonly string[],
): (text: string) => string {
  const secrets = allowed
    .map((name) => ({ name, value: environment[name] ?? '' }))
    .filter(({ value }) => value.length >= SECRET_MIN_CHARS)
    // Longest first: one value may contain another.
    .toSorted((a, b) => b.value.length - a.value.length);
  return (text) => secrets.reduce((left, { name, value }) => left.replaceAll(value, `[${name}]`), text);
}
