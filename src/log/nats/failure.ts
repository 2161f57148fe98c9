/**
 * Why no connection came about, with what to do about it. The client's own words are not passed on: they
 * may quote what it was given.
 */
import { errors } from '@nats-io/transport-node';
import type { NatsLogOptions } from './options.ts';
import { serverNames, UnreadableLogin } from './options.ts';

export interface ConnectionFailure {
  readonly problem: string;
  readonly cure: string;
}

const LOGIN =
  'set ONHOOK_NATS_USER and ONHOOK_NATS_PASSWORD, ONHOOK_NATS_TOKEN, or ONHOOK_NATS_CREDENTIALS_FILE; ' +
  'passwords and tokens may come from *_FILE';
const CLIENT_PAIR =
  'set ONHOOK_NATS_CERT_FILE and ONHOOK_NATS_KEY_FILE to a pair signed by an authority that it trusts';

/** What Node and OpenSSL call it: `<problem> of <servers>`, and the cure. */
const CERTIFICATE: readonly (readonly [code: RegExp, problem: string, cure: string])[] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'another host is named in the certificate of',
    'write a host of the certificate into ONHOOK_NATS_URL, or have one made for this host',
  ],
  [/^CERT_HAS_EXPIRED$/, 'no longer valid is the certificate of', 'renew it on nats-server'],
  [/^CERT_NOT_YET_VALID$/, 'not yet valid is the certificate of', 'set the clock of this machine'],
  [
    /SELF_SIGNED_CERT|^UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|^CERT_(SIGNATURE_FAILURE|UNTRUSTED)$/,
    'no authority that is trusted here signed the certificate of',
    'set ONHOOK_NATS_CA_FILE to the certificate of its authority',
  ],
  [/^ERR_SSL_TLSV1(3)?_ALERT|^ERR_SSL_SSLV3_ALERT/, 'our certificate is not accepted by', CLIENT_PAIR],
  [/^ERR_OSSL_/, 'certificate and key do not fit each other, for', CLIENT_PAIR],
];

/** `error`: what the client threw, or {@link UnreadableLogin}. Pure. */
export function connectionFailure(error: unknown, { url, tls }: NatsLogOptions): ConnectionFailure {
  const where = serverNames(url);
  if (error instanceof UnreadableLogin) return { problem: error.problem, cure: error.cure };
  if (error instanceof errors.AuthorizationError) {
    return { problem: `${where} refuses the credentials`, cure: LOGIN };
  }
  const reason = reasonOf(error);
  const known = CERTIFICATE.find(([code]) => code.test(reason));
  if (known !== undefined) return { problem: `${known[1]} ${where} (${reason})`, cure: known[2] };
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') {
    return {
      problem: `the host of ${where} is not known`,
      cure: 'correct ONHOOK_NATS_URL, or the name service',
    };
  }
  const wantsTls = tls !== undefined || url.includes('tls://');
  if (wantsTls && error instanceof errors.ConnectionError) {
    return {
      problem: `${where} has no TLS`,
      cure: 'set up tls in nats-server; or write nats:// and leave out ONHOOK_NATS_CA_FILE and its like',
    };
  }
  if (wantsTls && error instanceof errors.TimeoutError) {
    return {
      problem: `${where} says nothing once TLS has begun`,
      cure: `if it verifies certificates of clients, ${CLIENT_PAIR}`,
    };
  }
  return {
    problem: `no connection to ${where} (${reason})`,
    cure: 'start nats-server with JetStream, or correct ONHOOK_NATS_URL; `onhook dev` needs none',
  };
}

function reasonOf(error: unknown): string {
  const { code, cause, name } = error as NodeJS.ErrnoException;
  return code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
}
