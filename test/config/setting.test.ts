/** The list of settings, and the JSON Schema made from them. */
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/setting.ts';
import { configJsonSchema } from '../../src/config/show.ts';
import { TIMERS } from '../../src/contract/timers.ts';

const variables = SETTINGS.map(({ env }) => env);

describe('the settings', () => {
  it.each([
    'ONHOOK_NATS_URL',
    'ONHOOK_NATS_SERVER',
    'ONHOOK_PARTITIONS',
    'ONHOOK_INGRESS_PORT',
    'ONHOOK_ADMIN_PORT',
    'ONHOOK_ADMIN_HOST',
    'ONHOOK_ADMIN_TOKEN',
    'ONHOOK_PUBLIC_URL',
    'ONHOOK_MODE',
    'ONHOOK_NODE_ID',
    'TWILIO_ACCOUNT_SID',
    'TWILIO_AUTH_TOKEN',
    'TWILIO_API_KEY',
    'TWILIO_API_SECRET',
    'ONHOOK_TWILIO_BASE_URL',
    'LIVEKIT_URL',
    'LIVEKIT_API_KEY',
    'LIVEKIT_API_SECRET',
    'ONHOOK_END_FUNCTIONS',
    'ONHOOK_END_FUNCTION_ENV',
    'ONHOOK_WEBHOOK_URL',
    'ONHOOK_WEBHOOK_SECRET',
    'ONHOOK_TIMERS_DRAIN_MS',
  ])('can be given as %s', (variable) => {
    expect(variables).toContain(variable);
  });

  it('hold every timer of the contract, and no variable twice', () => {
    const timers = SETTINGS.filter(({ path }) => path.startsWith('timers.')).map(({ path }) => path.slice(7));
    expect(timers).toEqual(Object.keys(TIMERS));
    const named = variables.filter((name) => name !== undefined);
    expect(new Set(named).size).toBe(named.length);
  });

  it('say what each one means and why its default is what it is', () => {
    expect(SETTINGS.filter(({ description, reason }) => description === '' || reason === '')).toEqual([]);
  });

  it('have no flag for a secret', () => {
    expect(SETTINGS.filter(({ secret, flag }) => secret && flag !== undefined)).toEqual([]);
  });
});

describe('what is made from the schema', () => {
  it('is a JSON Schema that refuses unknown keys and describes each setting', () => {
    const schema = configJsonSchema();
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(JSON.stringify(schema)).toContain('"default":15000,"description":"deadline: mark never echoed');
  });
});
