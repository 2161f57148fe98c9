/** A voice for the demo: a soft tone as long as the words would take. mu-law, 8 kHz. */

/** About 180 words a minute. */
const MS_PER_CHARACTER = 45;

const BYTES_PER_MS = 8;

/** One period of 400 Hz at 8 kHz: a coarse sine in mu-law, far below full scale. */
const TONE = Buffer.from([
  0xff, 0xc6, 0xbb, 0xb5, 0xb1, 0xaf, 0xb1, 0xb5, 0xbb, 0xc6, 0xff, 0x46, 0x3b, 0x35, 0x31, 0x2f, 0x31, 0x35,
  0x3b, 0x46,
]);

/** How long these words take, in ms. */
export function spokenMs(text: string): number {
  return text.length * MS_PER_CHARACTER;
}

export function voiceOf(text: string): Uint8Array {
  return Buffer.alloc(spokenMs(text) * BYTES_PER_MS, TONE);
}
