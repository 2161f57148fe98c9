/** Settings of the carriers that need no package of their vendor. */
import { z } from 'zod';
import { fields, optional, secret, secretText } from './field.ts';

/** YAML reads an id of digits alone as a number, and loses some of them. */
const text = z.string({ error: 'must be a text: put it in quotes' }).min(1);
const httpUrl = z.url({ protocol: /^https?$/ });

function baseUrl(standard: string, provider: string) {
  return httpUrl.default(standard).register(fields, {
    description: 'API host, for a proxy, a region or a test double',
    reason: `${provider}'s own`,
  });
}

/** As `twilio.accounts`. */
function accounts<S extends z.ZodRawShape>(shape: S, key: string) {
  return z
    .array(z.strictObject(shape))
    .default([])
    .register(fields, {
      description: `more accounts, chosen by \`legs.carrier.${key}\`: ${Object.keys(shape).join(', ')}`,
      reason: 'most teams have one',
      fileOnly: true,
    });
}

export const carrierFields = {
  telnyx: z.strictObject({
    apiKey: secret('API key', { env: 'TELNYX_API_KEY' }),
    connectionId: optional(text, 'connection of the calls: its active calls are listed', {
      env: 'TELNYX_CONNECTION_ID',
    }),
    baseUrl: baseUrl('https://api.telnyx.com', 'Telnyx'),
    accounts: accounts({ connectionId: text, apiKey: secretText }, 'connectionId'),
  }),
  plivo: z.strictObject({
    authId: optional(text, 'account', { env: 'PLIVO_AUTH_ID' }),
    authToken: secret('its token', { env: 'PLIVO_AUTH_TOKEN' }),
    baseUrl: baseUrl('https://api.plivo.com', 'Plivo'),
    accounts: accounts({ authId: text, authToken: secretText }, 'authId'),
  }),
  vonage: z.strictObject({
    applicationId: optional(text, 'application of the calls', { env: 'VONAGE_APPLICATION_ID' }),
    privateKey: secret('its private key, PEM', { env: 'VONAGE_PRIVATE_KEY' }),
    baseUrl: baseUrl('https://api.nexmo.com', 'Vonage'),
    accounts: accounts({ applicationId: text, privateKey: secretText }, 'applicationId'),
  }),
  openai: z.strictObject({
    apiKey: secret('key of the project whose Realtime API answers SIP calls', { env: 'OPENAI_API_KEY' }),
    project: optional(text, 'id of that project, where there are several', { env: 'OPENAI_PROJECT_ID' }),
    baseUrl: baseUrl('https://api.openai.com', 'OpenAI'),
    accounts: accounts({ project: text, apiKey: secretText }, 'project'),
  }),
};
