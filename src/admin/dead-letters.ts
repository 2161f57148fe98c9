/** Routes about dead letters: what was given up and kept. Mounted at `/api/dead-letters`. */
import { Hono } from 'hono';
import { maskPhoneNumbers } from './phone-numbers.ts';
import type { AdminParts } from './parts.ts';
import { Problem } from './problem.ts';
import { readLimit } from './request.ts';
import { deadLetter, deadLetters } from './stored.ts';

/** Throws `dead_letter_not_found`, `not_available`, `bad_request`; a redrive may be asked for twice. */
export function deadLetterRoutes({ log, deadLetterDesk }: AdminParts): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => {
    const letters = await deadLetters(log, readLimit(c));
    const reveal = c.req.query('reveal') === '1';
    return c.json({
      deadLetters: letters.map((letter) =>
        reveal ? letter : { ...letter, letter: maskPhoneNumbers(letter.letter) },
      ),
    });
  });
  for (const action of ['redrive', 'discard'] as const) {
    routes.post(`/:id/${action}`, async (c) => {
      const letter = await deadLetter(log, c.req.param('id') ?? '');
      if (letter === undefined) {
        throw new Problem('dead_letter_not_found', 'use an id of GET /api/dead-letters');
      }
      if (deadLetterDesk === undefined) throw new Problem('not_available', `this node cannot ${action} it`);
      const { seq } = await deadLetterDesk[action](letter);
      return c.json({ id: letter.id, seq }, 202);
    });
  }
  return routes;
}
