/** Turns what the NATS client throws into the errors of the port. Nothing else branches on codes. */
import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { LogFull, LogUnavailable, WrongLastSequence } from '../log.ts';

/** JSStreamStoreFailed: the store refused; the description says why. */
const STORE_FAILED = 10077;
/** JSInsufficientResources, JSStorageResourcesExceeded, JSAccountResourcesExceeded. */
const OUT_OF_STORAGE = new Set([10023, 10047, 10002]);

const OURS = new Set(['bad_subject', 'bad_header', 'bad_key', 'log_mismatch', 'log_unavailable', 'log_full']);

/** `where` names the subject or key, `stream` the stream, for the message of the error. */
export function translated(error: unknown, stream: string, where: string): Error {
  if (isOurs(error)) return error;
  if (!(error instanceof JetStreamApiError)) {
    return new LogUnavailable(`${stream} ${where}`, { cause: error });
  }
  if (isWrongLastSequence(error)) {
    return new WrongLastSequence(`${stream} ${where}`, { cause: error });
  }
  const atLimit = error.code === STORE_FAILED && /maximum (bytes|messages)/.test(error.message);
  if (atLimit || OUT_OF_STORAGE.has(error.code)) return new LogFull(stream, { cause: error });
  return new LogUnavailable(`${stream} ${where} (${error.message})`, { cause: error });
}

/** The expectation of a publish did not hold. */
export function isWrongLastSequence(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return (
    error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}

/** JSSequenceNotFound, and what servers before it say of a message that is gone. */
const NO_SUCH_MESSAGE = new Set([10043, 10037]);

/** The message that was to be removed is not there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return NO_SUCH_MESSAGE.has(error.code) || /no message found|message not found/i.test(error.message);
}

/** Errors of the port keep their meaning: they carry a code in words. */
function isOurs(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && OURS.has(error.code);
}

/** Runs an operation and translates what it throws. */
export async function asking<T>(stream: string, where: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw translated(error, stream, where);
  }
}
