/** The accounts a stub Twilio knows. */

export interface StubTwilioAccount {
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKeys?: Readonly<Record<string, string>>;
}

/** The account when none is given. */
export const STUB_TWILIO_ACCOUNT: StubTwilioAccount = {
  accountSid: `AC${'0'.repeat(32)}`,
  authToken: 'stub-auth-token',
};
