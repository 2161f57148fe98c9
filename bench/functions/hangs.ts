/** An end function that never comes back, and does not rest either. */
import { defineEndFunction } from '../../src/end-functions/define.ts';

export const hangs = defineEndFunction({
  name: 'hangs',
  version: 1,
  timeoutMs: 1_000,
  run: () => {
    for (;;);
  },
});
