/** In place of the texts of zod in fifty languages. */
export const none = undefined;
