// As a user writes one: it tells a server of its run and keeps something in the record.
const note = {
  name: 'note',
  version: 1,
  timeoutMs: 10_000,
  retry: { initialMs: 50 },
  async run({ call, idempotencyKey }) {
    const { NOTE_URL } = process.env;
    if (NOTE_URL !== undefined) {
      const body = JSON.stringify({ callId: call.callId, idempotencyKey });
      const response = await fetch(NOTE_URL, { method: 'POST', body });
      if (!response.ok) throw new Error(`answered ${response.status}`);
    }
    return { output: { noted: call.endReason }, disposition: { code: 'noted' } };
  },
};

export { note as default };
