/** Headers of a message in the stream of records: they tell versions, and lives of one call id, apart. */

/** Sequence of the `call.started` that the record is about. */
export const INCARNATION_HEADER = 'onhook-incarnation';
/** From 1. */
export const VERSION_HEADER = 'onhook-record-version';
