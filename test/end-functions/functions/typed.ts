import { defineEndFunction } from '../../../src/end-functions/define.ts';

export const typed = defineEndFunction({
  name: 'typed',
  version: '2026-11',
  run: ({ state }) => ({ output: state }),
});
