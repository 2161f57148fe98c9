/** Routes about dead letters: what was given up and kept. Mounted at `/api/dead-letters`. */
import { Hono } from 'hono';
import type { Json } from '../contract/json.ts';
import { settleLetter } from './dead-letter-desk.ts';
import { maskPhoneNumbers } from './phone-numbers.ts';
import type { AdminParts } from './parts.ts';
import { Problem } from './problem.ts';
import { redact } from './redact.ts';
import { readLimit, readReason } from './request.ts';
import { deadLetter, deadLetters } from './stored.ts';

/** Throws `dead_letter_not_found`, `dead_letter_final`, `bad_request`; each may be asked for twice. */
export function deadLetterRoutes(parts: AdminParts): Hono {
  const { log } = parts;
  const routes = new Hono();
  routes.get('/', async (c) => {
    const letters = await deadLetters(log, readLimit(c));
    const { reveal, redact: hide } = c.req.query();
    const masked = hide === '1' ? redact : maskPhoneNumbers;
    return c.json({
      deadLetters: letters.map((letter) =>
        reveal === '1' ? letter : { ...letter, letter: masked(readable(letter.letter)) },
      ),
    });
  });
  for (const action of ['redrive', 'discard'] as const) {
    routes.post(`/:id/${action}`, async (c) => {
      const letter = await deadLetter(log, c.req.param('id') ?? '');
      if (letter === undefined) {
        throw new Problem('dead_letter_not_found', 'use an id of GET /api/dead-letters');
      }
      const seq = await settleLetter(parts, letter, action, await readReason(c));
      return c.json({ id: letter.id, ...(seq === undefined ? {} : { seq }) }, 202);
    });
  }
  return routes;
}

/** Refused input holds the bytes of its message: they are read, so that what is in them is hidden too. */
function readable(letter: Json): Json {
  if (typeof letter !== 'object' || letter === null || Array.isArray(letter)) return letter;
  const { kind, body } = letter;
  if (kind !== 'input' || typeof body !== 'string') return letter;
  const bytes = Buffer.from(body, 'base64');
  try {
    return { ...letter, body: JSON.parse(bytes.toString('utf8')) as Json };
  } catch {
    return { ...letter, body: `[hidden: ${bytes.length} bytes that are not JSON]` };
  }
}
