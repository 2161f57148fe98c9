// The smallest end function: one line in onhook's log after every call.
//   ONHOOK_END_FUNCTIONS=examples/end-functions/minimal.mjs
import { defineEndFunction } from 'onhook';

export const note = defineEndFunction({
  name: 'note',
  version: 1,
  run({ call, log }) {
    log('a call ended', { callId: call.callId, endedBy: call.endedBy, endReason: call.endReason });
  },
});
