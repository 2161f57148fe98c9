// Writes a summary of the call to a CRM. It is built from the state that the agent's tools collected
// during the call (`state.patched` events).
//   ONHOOK_END_FUNCTIONS=examples/end-functions/crm.mjs
//   ONHOOK_END_FUNCTION_ENV=CRM_URL        functions see no other variable of ours
//   CRM_URL=https://crm.example.com
import { defineEndFunction, TerminalError } from 'onhook';

/** Asked again later; every other 4xx means that this very request is wrong and stays wrong. */
const passing = new Set([408, 409, 425, 429]);

/** What the note is made of. What the call never learned is named, not sent as an empty text. */
function summarise({ call, state, transcript }) {
  const known = { intent: state.intent, topics: state.topics, resolution: state.resolution };
  const missing = Object.keys(known).filter((key) => known[key] === undefined);
  const intent = known.intent ?? 'an unknown intent';
  return {
    ...known,
    callId: call.callId,
    customer: state.customerId ?? null,
    endReason: call.endReason,
    summary: `Call about ${intent}, ${known.resolution ?? 'resolution unknown'}.`,
    lastWords: transcript.at(-1)?.text ?? null,
    missing,
  };
}

export const crm = defineEndFunction({
  name: 'crm',
  version: 1,
  timeoutMs: 10_000,
  async run(context) {
    const { CRM_URL } = process.env;
    if (!CRM_URL) throw new TerminalError('CRM_URL is not set: add it to ONHOOK_END_FUNCTION_ENV');
    const note = summarise(context);
    const response = await fetch(new URL('/notes', CRM_URL), {
      method: 'POST',
      // A second attempt after a lost answer must not make a second note.
      headers: { 'content-type': 'application/json', 'idempotency-key': context.idempotencyKey },
      body: JSON.stringify(note),
      signal: context.signal,
    });
    if (!response.ok) {
      const retried = response.status >= 500 || passing.has(response.status);
      throw new (retried ? Error : TerminalError)(`the CRM answered ${response.status}`);
    }
    const { id } = await response.json();
    context.log('note written', { noteId: id });
    const code = note.resolution ?? 'unknown';
    return { output: { noteId: id, summary: note.summary, missing: note.missing }, disposition: { code } };
  },
});
