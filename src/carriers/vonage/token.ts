/** The token of Vonage's APIs: a JWT of the application, signed with its key (RS256). */
import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { CarrierConfigError } from '../config-error.ts';

/** Vonage's own libraries take 15 minutes; each request has a new one, so that a slow clock is no matter. */
const VALID_S = 900;
/** Their clock may be behind ours. */
const EARLIER_S = 30;

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readKey(privateKey: string): KeyObject {
  try {
    // In a variable the lines of a key are often written as \n.
    return createPrivateKey(privateKey.replaceAll('\\n', '\n'));
  } catch {
    throw new CarrierConfigError('vonage', 'privateKey is no PEM private key (VONAGE_PRIVATE_KEY)');
  }
}

/** Makes tokens. Throws {@link CarrierConfigError} for a key that cannot be read. */
export function vonageTokens(applicationId: string, privateKey: string, clock: Clock): () => string {
  const key = readKey(privateKey);
  const header = encode({ alg: 'RS256', typ: 'JWT' });
  return () => {
    const now = Math.floor(clock.now() / 1_000);
    const claims = {
      application_id: applicationId,
      iat: now - EARLIER_S,
      exp: now + VALID_S,
      jti: randomUUID(),
    };
    const content = `${header}.${encode(claims)}`;
    return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
  };
}
