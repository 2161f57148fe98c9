/** The providers of the configuration with their secrets revealed, as the carriers take them. */
import type { CarriersConfig } from '../../carriers/registry.ts';
import type { Config } from '../../config/config.ts';

/** Pure. The result is never logged. */
export function carriersConfig({ twilio, livekit, telnyx, plivo, vonage, openai }: Config): CarriersConfig {
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
    telnyx: telnyx.apiKey && { ...telnyx, apiKey: telnyx.apiKey.reveal() },
    plivo:
      plivo.authId !== undefined && plivo.authToken !== undefined
        ? { ...plivo, authId: plivo.authId, authToken: plivo.authToken.reveal() }
        : undefined,
    vonage:
      vonage.applicationId !== undefined && vonage.privateKey !== undefined
        ? { ...vonage, applicationId: vonage.applicationId, privateKey: vonage.privateKey.reveal() }
        : undefined,
    openai: openai.apiKey && { ...openai, apiKey: openai.apiKey.reveal() },
  };
}
