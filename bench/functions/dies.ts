/** An end function that kills its process each time. */
import { defineEndFunction } from '../../src/end-functions/define.ts';

export const dies = defineEndFunction({
  name: 'dies',
  version: 1,
  run: () => {
    process.kill(process.pid, 'SIGKILL');
  },
});
