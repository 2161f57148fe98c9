/** Comes first in the bundle: schemas ask when they are made whether they may compile themselves. */
import { config } from 'zod';

// The policy of the page forbids it, and a refused try is told to the console.
config({ jitless: true });
