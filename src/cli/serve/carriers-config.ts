/** The providers of the configuration with their secrets revealed, as the carriers take them. */
import type { CarriersConfig } from '../../carriers/registry.ts';
import type { Config } from '../../config/config.ts';

/** Pure. The result is never logged. The account of the environment is the first. */
export function carriersConfig({ twilio, livekit, ...config }: Config): CarriersConfig {
  return {
    twilio: twilio && {
      baseUrl: twilio.baseUrl,
      accounts: twilio.accounts.map(({ accountSid, authToken, apiKey, apiSecret }) => ({
        accountSid,
        apiKey,
        authToken: authToken?.reveal(),
        apiSecret: apiSecret?.reveal(),
      })),
    },
    livekit: livekit && { ...livekit, apiSecret: livekit.apiSecret.reveal() },
    telnyx: telnyxConfig(config),
    plivo: plivoConfig(config),
    vonage: vonageConfig(config),
    openai: openAiConfig(config),
  };
}

function telnyxConfig({ telnyx }: Pick<Config, 'telnyx'>): CarriersConfig['telnyx'] {
  const { apiKey, connectionId, baseUrl } = telnyx;
  const all = [...(apiKey === undefined ? [] : [{ apiKey, connectionId }]), ...telnyx.accounts];
  const accounts = all.map((one) => ({ ...one, apiKey: one.apiKey.reveal() }));
  return accounts.length === 0 ? undefined : { baseUrl, accounts };
}

function plivoConfig({ plivo }: Pick<Config, 'plivo'>): CarriersConfig['plivo'] {
  const { authId, authToken, baseUrl } = plivo;
  const first = authId === undefined || authToken === undefined ? [] : [{ authId, authToken }];
  const accounts = [...first, ...plivo.accounts].map((one) => ({
    ...one,
    authToken: one.authToken.reveal(),
  }));
  return accounts.length === 0 ? undefined : { baseUrl, accounts };
}

function vonageConfig({ vonage }: Pick<Config, 'vonage'>): CarriersConfig['vonage'] {
  const { applicationId, privateKey, baseUrl } = vonage;
  const isGiven = applicationId !== undefined && privateKey !== undefined;
  const accounts = [...(isGiven ? [{ applicationId, privateKey }] : []), ...vonage.accounts].map((one) => ({
    ...one,
    privateKey: one.privateKey.reveal(),
  }));
  return accounts.length === 0 ? undefined : { baseUrl, accounts };
}

function openAiConfig({ openai }: Pick<Config, 'openai'>): CarriersConfig['openai'] {
  const { apiKey, project, baseUrl } = openai;
  const all = [...(apiKey === undefined ? [] : [{ apiKey, project }]), ...openai.accounts];
  const accounts = all.map((one) => ({ ...one, apiKey: one.apiKey.reveal() }));
  return accounts.length === 0 ? undefined : { baseUrl, accounts };
}
