/** The little of a WebSocket that is needed: `ws` fits, and so does anything shaped like it. */

export interface MediaSocket {
  /** 1 = open, as in the WebSocket standard. */
  readonly readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** `data` is a Buffer, an ArrayBuffer, an array of Buffers or a string. */
  on(event: 'message', listener: (data: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export const SOCKET_OPEN = 1;

/** The text of a message, or undefined when it is none or longer than `maxBytes`. */
export function textOf(data: unknown, maxBytes: number): string | undefined {
  if (typeof data === 'string') return data.length <= maxBytes ? data : undefined;
  if (Array.isArray(data))
    return textOf(Buffer.concat(data.filter((part) => Buffer.isBuffer(part))), maxBytes);
  const bytes = data instanceof ArrayBuffer ? Buffer.from(data) : data;
  if (!Buffer.isBuffer(bytes) || bytes.length > maxBytes) return undefined;
  return bytes.toString('utf8');
}
