/** The last guard against a secret in a text: what is configured as secret is struck out. */

const PLACEHOLDER = '[secret]';

/** Shorter ones are words that occur by chance; striking them out would tell where they are. */
const SECRET_MIN = 6;

/** Replaces each secret, as it is and in the forms that JSON, URLs and Basic authentication give it. */
export function secretEraser(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.filter((secret) => secret.length >= SECRET_MIN).flatMap(spellings));
  // The longest first: a form may contain another.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, form) => rest.replaceAll(form, PLACEHOLDER), text);
}

function spellings(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
}
