/**
 * JSON as it travels: the only kind of value that enters or leaves the log.
 * Depth and size are bounded where bytes become values (`envelope.ts`).
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
