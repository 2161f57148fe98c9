/**
 * What an S3-compatible store checks: AWS Signature Version 4 in the authorization header, payload in one
 * chunk. Written from its specification, and checked against the examples that AWS publishes.
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  readonly method: string;
  /** As it was sent, without a query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/;

/** Whether `secret` signed exactly this request. */
export function isSigned({ method, path, headers, body }: SignedRequest, secret: string): boolean {
  const found = AUTHORIZATION.exec(headers.authorization ?? '');
  if (found === null) return false;
  const [, , day = '', region = '', names = '', signature] = found;
  const canonical = names
    .split(';')
    .map((name) => `${name}:${String(headers[name])}\n`)
    .join('');
  const hash = String(headers['x-amz-content-sha256']);
  const request = [method, path, '', canonical, names, hash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
  return hash === sha256(body) && hmac(key, text).toString('hex') === signature;
}
