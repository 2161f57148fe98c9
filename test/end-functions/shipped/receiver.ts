/** What the tests of shipped functions share: a server on loopback that keeps what it got, and a stage that ends all. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { ShippedDefinition, ShippedFunction } from '../../../src/end-functions/shipped/shipped.ts';
import { createShipped } from '../../../src/end-functions/shipped/shipped.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
};

export interface Stage {
  /** Ended with the stage. */
  own<T extends { close(): unknown }>(part: T): T;
  listen(listener: RequestListener): Promise<string>;
  /** Answers as told and keeps what it got. */
  receive(answer?: Answer | ((received: Received) => Answer)): Promise<{ url: string; received: Received[] }>;
  /** A shipped function, and what it showed in the sandbox. */
  ship(definition: ShippedDefinition): ShippedFunction & { readonly shown: JsonObject[] };
  close(): Promise<void>;
}

export function stage(): Stage {
  const parts: { close(): unknown }[] = [];
  const self: Stage = {
    own(part) {
      parts.push(part);
      return part;
    },
    async listen(listener) {
      const server = createServer(listener).listen(0, '127.0.0.1');
      await once(server, 'listening');
      self.own({
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async receive(answer = {}) {
      const received: Received[] = [];
      const url = await self.listen((request, response) => {
        let body = '';
        request.setEncoding('utf8').on('data', (text: string) => (body += text));
        request.on('end', () => {
          const got = {
            method: request.method ?? '',
            path: request.url ?? '',
            headers: request.headers,
            body,
          };
          received.push(got);
          const {
            status = 200,
            headers = {},
            body: text = '',
          } = typeof answer === 'function' ? answer(got) : answer;
          response.writeHead(status, headers).end(text);
        });
      });
      return { url, received };
    },
    ship(definition) {
      const shown: JsonObject[] = [];
      const parts = { clock: systemClock, onShow: (shows: JsonObject) => void shown.push(shows) };
      return Object.assign(self.own(createShipped(definition, parts)), { shown });
    },
    async close() {
      await Promise.all(parts.splice(0).map((part) => part.close()));
    },
  };
  return self;
}

/** Nobody gives the attempt up. */
export const signal = new AbortController().signal;
