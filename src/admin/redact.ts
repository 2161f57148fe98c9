/**
 * What a page may show before somebody asks for more: phone numbers masked, words of people and values
 * of the call state hidden. Structure stays, so that a reader sees what is there, and a replay decides
 * the same.
 */
import { isAcknowledgement } from '../../machines/call/acknowledgements.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { maskPhoneNumbers } from './phone-numbers.ts';

/** Fields that hold what was said or learned. In messages, in the account and in the record. */
const VALUES = new Set(['state', 'patch', 'output', 'input']);
const WORDS = new Set(['text', 'say', 'instructions']);

/** Any JSON about a call, safe to look at over a shoulder. */
export function redact(value: Json): Json {
  return maskPhoneNumbers(hidden(value));
}

function hidden(value: Json): Json {
  if (Array.isArray(value)) return value.map(hidden);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => {
    if (WORDS.has(key) && typeof inner === 'string') return [key, hideWords(inner)];
    return [key, VALUES.has(key) && isTree(inner) ? hideValues(inner) : hidden(inner)];
  });
  return Object.fromEntries(entries);
}

function isTree(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

/** Leave-taking decides under `bargeIn: resume`, and says nothing about a person. */
function hideWords(text: string): string {
  if (text === '' || isAcknowledgement(text)) return text;
  const count = text.trim().split(/\s+/).length;
  return `[hidden: ${count} word${count === 1 ? '' : 's'}]`;
}

function hideValues(value: Json): Json {
  if (Array.isArray(value)) return value.map(hideValues);
  if (value === null) return null;
  if (typeof value !== 'object') return '[hidden]';
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideValues(inner)]));
}
