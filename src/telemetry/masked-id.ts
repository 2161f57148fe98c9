/** An id that others may see: gateways build ids from phone numbers, and room names hold them. */

/** Twilio's ids and UUIDs are random: what looks like a number in them is none. */
const RANDOM_ID = /^(?:[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Severer than the dashboard's rule: the dashboard asks for a token, a foreign page or store does not. */
const NUMBER = /\+\d(?:[ ().-]{0,2}\d){5,14}|\d(?:[_-]{0,2}\d){6,}/g;
/** How a raw id is encoded that fits no subject: anybody can read it (contract, NATS subjects). */
const ENCODED = 'b64_';

/** An id with its phone numbers masked but for two digits: two ids may become one. Pure. */
export function maskedId(id: string): string {
  if (RANDOM_ID.test(id)) return id;
  if (id.startsWith(ENCODED)) {
    const raw = Buffer.from(id.slice(ENCODED.length), 'base64url').toString();
    return masked(raw) === raw ? masked(id) : `${ENCODED}…${id.slice(-2)}`;
  }
  return masked(id);
}

function masked(text: string): string {
  return text.replace(NUMBER, (number) => `…${number.slice(-2)}`);
}
