/** Keys of buckets, checked before they become part of a subject. */

const KEY = /^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/;

/** A key that the port does not allow: `[A-Za-z0-9_=.-]+`, no empty part between dots. */
export class BadKey extends Error {
  readonly code = 'bad_key';
  constructor(key: string) {
    super(`"${key}" is not a key; allowed are letters, digits, "_", "=", "-" and single dots inside`);
    this.name = 'BadKey';
  }
}

/** Throws {@link BadKey}. */
export function requireKey(key: string): void {
  if (!KEY.test(key)) throw new BadKey(key);
}
