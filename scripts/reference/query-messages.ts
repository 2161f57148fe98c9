/** Questions and answers of the query subjects, `onhook.v1.query.<name>`. */
import { z } from 'zod';
import type { QueryName } from '../../src/admin/answers.ts';
import { callsRequest } from '../../src/admin/request.ts';
import { callDetail, deadLetter, listedCall, nodeReport } from './answers.ts';
import { count, text } from './shape.ts';

function answerOf(data: z.ZodType): z.ZodType {
  return z.object({
    nodeId: text,
    partitions: z.array(count).describe('partitions that are live there'),
    data,
  });
}

const nothing = z.object({});

export const queryMessages: Readonly<
  Record<QueryName, { readonly request: z.ZodType; readonly answer: z.ZodType }>
> = {
  calls: { request: callsRequest, answer: answerOf(z.array(listedCall)) },
  call: { request: z.object({ callId: text }), answer: answerOf(z.union([callDetail, z.null()])) },
  'dead-letters': { request: nothing, answer: answerOf(z.array(deadLetter)) },
  stats: { request: nothing, answer: answerOf(nodeReport) },
};

export const QUERIES = Object.keys(queryMessages) as readonly QueryName[];
