// No import of onhook at all, and a default export.
export default {
  name: 'plain',
  version: 2,
  after: ['end_function'],
  timeoutMs: 5_000,
  retry: { maxAttempts: 2 },
  run: () => ({ output: 'plain' }),
};
