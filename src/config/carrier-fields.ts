/** Settings of the carriers that need no package of their vendor. */
import { z } from 'zod';
import { fields, optional, secret } from './field.ts';

const text = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/ });

function baseUrl(standard: string, provider: string) {
  return httpUrl.default(standard).register(fields, {
    description: 'API host, for a proxy, a region or a test double',
    reason: `${provider}'s own`,
  });
}

export const carrierFields = {
  telnyx: z.strictObject({
    apiKey: secret('API key', { env: 'TELNYX_API_KEY' }),
    baseUrl: baseUrl('https://api.telnyx.com', 'Telnyx'),
  }),
  plivo: z.strictObject({
    authId: optional(text, 'account', { env: 'PLIVO_AUTH_ID' }),
    authToken: secret('its token', { env: 'PLIVO_AUTH_TOKEN' }),
    baseUrl: baseUrl('https://api.plivo.com', 'Plivo'),
  }),
  vonage: z.strictObject({
    applicationId: optional(text, 'application of the calls', { env: 'VONAGE_APPLICATION_ID' }),
    privateKey: secret('its private key, PEM', { env: 'VONAGE_PRIVATE_KEY' }),
    baseUrl: baseUrl('https://api.nexmo.com', 'Vonage'),
  }),
  openai: z.strictObject({
    apiKey: secret('key of the project whose Realtime API answers SIP calls', { env: 'OPENAI_API_KEY' }),
    baseUrl: baseUrl('https://api.openai.com', 'OpenAI'),
  }),
};
