/** What the fold asks of Node's Buffer: how many bytes a text has, and its bytes as characters. */
const encoder = new TextEncoder();

export const Buffer = {
  byteLength: (text: string): number => encoder.encode(text).length,
  from: (text: string) => ({
    toString: (_encoding: 'latin1'): string => String.fromCharCode(...encoder.encode(text)),
  }),
};
