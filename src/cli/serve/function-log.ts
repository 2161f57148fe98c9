/** What end functions say, in the log of the process: who and where to in clear, the words as personal data. */
import type { JsonObject } from '../../contract/json.ts';
import type { FunctionLog } from '../../end-functions/attempt.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** One line. Its words are written with `log.personalData` only: they are made from a call. */
export function logFunction(
  logger: Logger,
  { functionName, callId, attempt, from, message, fields }: FunctionLog,
): void {
  const pii = { message, ...(fields === undefined ? {} : { fields }) };
  const about = { function: functionName, callId, attempt, pii };
  if (from === 'sandbox') {
    logger.info('an end function in the sandbox did not send', { ...about, ...targetOf(fields) });
  } else logger.info('an end function says', about);
}

function targetOf(shows: JsonObject = {}): { readonly method?: string; readonly host?: string } {
  const { method, url } = shows;
  return {
    ...(typeof method === 'string' && { method }),
    ...(typeof url === 'string' && URL.canParse(url) && { host: new URL(url).host }),
  };
}
