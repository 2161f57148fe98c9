const run = () => undefined;
export const a = { name: 'a', version: 1, after: ['b'], run };
export const b = { name: 'b', version: 1, after: ['c'], run };
export const c = { name: 'c', version: 1, after: ['b'], run };
