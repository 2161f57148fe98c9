/** One operation of the HTTP API, as data: its route as the code registers it, and what goes in and out. */
import type { z } from 'zod';

/** What comes back. Without a schema: no body, or one of `type`. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Media type; default `application/json`. */
  readonly type?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly description: string;
  /** Default: text. */
  readonly schema?: z.ZodType;
}

export interface Operation<Code extends string = string> {
  /** As in the code: `GET /api/calls/:id`. */
  readonly route: string;
  readonly id: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly type: string; readonly schema: z.ZodType; readonly required: boolean };
  /** Status → answer. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Besides those that every route of its port may answer. */
  readonly problems: readonly Code[];
}
