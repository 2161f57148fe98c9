/** Phone numbers in any JSON, masked but for their last two digits, so that two can be told apart. */
import type { Json } from '../contract/json.ts';

/** With a plus wherever it stands (`sip_+15551234567`), else seven digits or more, grouped or not. */
const NUMBER =
  /\+\d(?:[ ().-]{0,2}\d){5,14}|(?<![\w:.-])(?!\d{4}-\d\d-\d\d)\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w:-])/g;

/** Every text of the value, keys too, with its phone numbers masked. */
export function maskPhoneNumbers(value: Json): Json {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskPhoneNumbers);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [maskText(key), maskPhoneNumbers(inner)]),
  );
}

function maskText(text: string): string {
  return text.replace(NUMBER, (number) => `…${number.slice(-2)}`);
}
