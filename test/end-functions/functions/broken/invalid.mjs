export const invalid = { name: 'Bad Name', version: 1, timeout: 5, run: 'later' };
