/** An end function that throws each time. */
import { defineEndFunction } from '../../src/end-functions/define.ts';

export const fails = defineEndFunction({
  name: 'fails',
  version: 1,
  run: () => {
    throw new TypeError('no such customer');
  },
});
