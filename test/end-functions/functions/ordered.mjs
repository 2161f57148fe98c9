// One needs what another returns.
import { defineEndFunction } from 'onhook';

export const tells = defineEndFunction({
  name: 'tells',
  version: 1,
  after: ['finds'],
  inputs: ['functions.finds.output.reason'],
  run: ({ call, missing }) => ({
    output: { missing, found: call.endFunctions.find(({ name }) => name === 'finds').output.reason },
  }),
});

export const finds = defineEndFunction({
  name: 'finds',
  version: 1,
  run: ({ call }) => ({ output: { reason: call.endReason }, disposition: { code: 'found' } }),
});

export const never = defineEndFunction({
  name: 'never',
  version: 1,
  onlyIf: { 'call.disposition.code': 'lost' },
  run: () => undefined,
});
