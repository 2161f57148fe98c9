/** A receiver of traces: OTLP over HTTP with protobuf, decoded by a library that is not the sender's. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { ExportRequest } from './otlp-messages.ts';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: none. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 internal, 3 client, 4 producer. */
  readonly kind: number;
  /** ms since the epoch. */
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Undefined unless the span is an error. */
  readonly failure: string | undefined;
  readonly resource: Readonly<Record<string, string | number>>;
}

export interface OtlpReceiver {
  /** Base, as `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** What is answered from now on. */
  status: number;
  /** It takes requests and answers none. */
  silent: boolean;
  close(): Promise<void>;
}

interface Pairs {
  readonly attributes: readonly { key: string; value?: { value: { value?: string | number | bigint } } }[];
}

interface Decoded {
  readonly resourceSpans: readonly {
    readonly resource: Pairs;
    readonly scopeSpans: readonly { readonly spans: readonly DecodedSpan[] }[];
  }[];
}

interface DecodedSpan extends Pairs {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly status?: { readonly code: number; readonly message: string };
}

const ERROR = 2;

function record({ attributes }: Pairs): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const plain = value?.value.value ?? '';
      return [key, typeof plain === 'bigint' ? Number(plain) : plain];
    }),
  );
}

function ms(nanos: bigint): number {
  return Number(nanos / 1_000n) / 1_000;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function spansOf(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = ExportRequest.fromBinary(body) as unknown as Decoded;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        startAt: ms(span.startTimeUnixNano),
        endAt: ms(span.endTimeUnixNano),
        attributes: record(span),
        failure: span.status?.code === ERROR ? span.status.message : undefined,
        resource: record(resource),
      })),
    ),
  );
}

/** On a port of its own, on loopback. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { url: path = '', headers } = request;
      receiver.requests.push({ path, headers });
      if (receiver.silent) return;
      const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      if (receiver.status === 200) receiver.spans.push(...spansOf(plain));
      response.writeHead(receiver.status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    requests: [],
    status: 200,
    silent: false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
