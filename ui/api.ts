/**
 * The node's API as the pages use it. The token is typed by the reader and kept for this tab only; it is
 * sent as a header, so that no address and no page ever holds it.
 */
import { signal } from '@preact/signals';

const TOKEN_KEY = 'onhook-token';

/** Set while the node wants a token that we do not have. */
export const tokenWanted = signal(false);

/** The one that was typed was not taken. */
export const tokenRefused = signal(false);

/** What the node answered instead: RFC 9457, with a stable code. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiProblem';
    this.code = code;
    this.status = status;
  }
}

export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  tokenWanted.value = false;
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** Throws {@link ApiProblem}. Paths are relative, so that the pages also work below a proxy's path. */
export async function request(
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`api/${path}`, { ...init, headers: { ...headers(), ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, 'unreachable', 'The node does not answer');
  }
  if (response.status === 401) {
    tokenRefused.value = sessionStorage.getItem(TOKEN_KEY) !== null;
    tokenWanted.value = true;
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const { code, title, detail } = (await response.json().catch(() => ({}))) as Record<string, string>;
  const text = [title, detail].filter((part) => part !== undefined && part !== '').join(': ');
  return new ApiProblem(response.status, code ?? 'unknown', text || `The node answered ${response.status}`);
}

/** The answer's JSON. Throws {@link ApiProblem}. */
export async function get<T>(path: string): Promise<T> {
  return (await (await request(path)).json()) as T;
}

/** Throws {@link ApiProblem}. */
export async function post<T>(path: string, body: object = {}): Promise<T> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  return (await (await request(path, init)).json()) as T;
}

/** What a failed action shows. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
