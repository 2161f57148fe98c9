export const taken = { name: 'webhook', version: 1, run: () => undefined };
