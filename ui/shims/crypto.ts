/** The one hash that the fold uses, without Node: effect ids must be the same in a browser. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

interface Hash {
  update(text: string): Hash;
  digest(encoding: 'base64url' | 'hex'): string;
}

/** SHA-256 only, of text only. */
export function createHash(_algorithm: 'sha256'): Hash {
  const hash = sha256.create();
  const made: Hash = {
    update(text) {
      hash.update(utf8ToBytes(text));
      return made;
    },
    digest(encoding) {
      const bytes = hash.digest();
      return encoding === 'hex' ? bytesToHex(bytes) : base64url(bytes);
    },
  };
  return made;
}

/** In one call. */
export function hash(algorithm: 'sha256', text: string, encoding: 'base64url' | 'hex'): string {
  return createHash(algorithm).update(text).digest(encoding);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
