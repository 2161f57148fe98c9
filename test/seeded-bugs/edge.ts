/** Bugs where others reach in: webhooks, gateways, wire, secrets. */
import type { SeededBug } from './seeded-bug.ts';

export const EDGE_BUGS: readonly SeededBug[] = [
  {
    id: 'signature-unchecked',
    bug: 'A Twilio callback is believed whatever its signature',
    file: 'src/ingress/twilio-status.ts',
    search: 'return validate(account.authToken, signature, url, params);',
    replace: "return typeof validate === 'function' && url !== '' && signature !== '';",
    suspects: ['test/ingress/twilio-status.test.ts'],
  },
  {
    id: 'status-key-without-status',
    bug: 'Callbacks are told apart by call alone: later statuses are dropped as repeats',
    file: 'src/ingress/twilio-status.ts',
    search: "id: `${CallSid}-${SequenceNumber ?? 'x'}-${CallStatus}`,",
    replace: 'id: CallSid,',
    suspects: ['test/ingress/twilio-status.test.ts'],
  },
  {
    id: 'callback-of-another-account',
    bug: 'Whoever can sign for one account says something about the calls of another',
    file: 'src/ingress/twilio-status.ts',
    search: 'fits: ({ accountSid }) => accountSid === undefined || accountSid === AccountSid,',
    replace: 'fits: () => true,',
    suspects: ['test/ingress/twilio-status.test.ts'],
  },
  {
    id: 'room-by-name-first',
    bug: 'A webhook finds its room by a name that may be used again',
    file: 'src/ingress/livekit-webhook.ts',
    search: "...(sid === '' ? [] : [roomSidKey(sid)]), ...",
    replace: '...',
    suspects: ['test/ingress/livekit-webhook.test.ts'],
  },
  {
    id: 'command-acts-twice',
    bug: 'A command that is sent again acts again at the gateway',
    file: 'src/gateway/command-desk.ts',
    search: 'const running = this.effects.get(effectId);',
    replace: "const running = this.effects.get('');",
    suspects: ['test/gateway/command-desk.test.ts'],
  },
  {
    id: 'overtaken-command-acts',
    bug: 'A playback command of an earlier decision acts after a later one',
    file: 'src/gateway/command-desk.ts',
    search: 'if (era < newest.era || (era === newest.era && seq < newest.seq)) return true;',
    replace: '',
    suspects: ['test/gateway/command-desk.test.ts'],
  },
  {
    id: 'secret-printed',
    bug: 'A secret is printed as it is',
    file: 'src/telemetry/secret-eraser.ts',
    search: 'rest.replaceAll(form, PLACEHOLDER)',
    replace: "rest.replaceAll(`${form}${PLACEHOLDER}`, '')",
    suspects: ['test/telemetry/logger.test.ts'],
  },
];
