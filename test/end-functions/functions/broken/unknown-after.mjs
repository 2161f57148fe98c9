export const lonely = { name: 'lonely', version: 1, after: ['nobody'], run: () => undefined };
