/** A field of the data of an event that ends a call: names of what was left out since it could not be read. */
export const IGNORED_FIELDS = 'ignored';
