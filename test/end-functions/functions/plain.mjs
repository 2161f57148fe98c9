// No import of onhook at all, and a default export.
const plain = {
  name: 'plain',
  version: 2,
  after: ['end_function'],
  timeoutMs: 5_000,
  retry: { maxAttempts: 2 },
  run: () => ({ output: 'plain' }),
};

// oxlint-disable-next-line import/no-default-export -- modules of users have them
export { plain as default };
