// Functions that send, for the tests of the sandbox.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Agent, request } from 'undici';

const asked = (module, url) =>
  new Promise((resolve, reject) => {
    const sent = module.request(url, { method: 'PUT', headers: { 'x-mine': '1' } }, (response) => {
      let text = '';
      response
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.on('error', reject).end('from node');
  });

export const byFetch = {
  name: 'by-fetch',
  version: 1,
  run: async ({ state }) => {
    const response = await fetch(state.url, {
      method: 'POST',
      body: '{"from":"fetch"}',
      headers: { authorization: 'Bearer planted' },
    });
    return { output: { status: response.status, json: await response.json() } };
  },
};

export const byNode = {
  name: 'by-node',
  version: 1,
  run: async ({ state }) => ({
    output: [await asked(http, state.url), await asked(https, state.url.replace('http:', 'https:'))],
  }),
};

export const bySocket = {
  name: 'by-socket',
  version: 1,
  run: async ({ state }) => {
    const { port } = new URL(state.url);
    const failed = await new Promise((resolve) =>
      net.connect(Number(port), '127.0.0.1').on('error', resolve),
    );
    const undici = await request(state.url, { dispatcher: new Agent() }).catch((error) => error);
    return { output: [failed.code, undici.code ?? undici.cause?.code ?? 'none'] };
  },
};
