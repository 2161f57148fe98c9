/**
 * Words with which a caller takes leave. Under `bargeIn: resume` an utterance made of them alone is no
 * reason to go on with the call ("okay, bye" during the goodbye). A list per language; anything else
 * is real speech.
 */

const WORDS = new Set(
  [
    'bye goodbye bye-bye ok okay k yes yep yeah sure thanks thank you cheers great good perfect alright right fine',
    'see later take care have a nice day evening night weekend too so much very all the best hm mhm uh-huh',
    'tschüss tschüs ciao auf wiederhören wiedersehen danke schön gut ja bitte alles klar super',
    'adiós adios gracias vale hasta luego sí si muchas bueno',
    'au revoir merci beaucoup bonne journée oui d accord très bien',
    'arrivederci grazie va bene sì certo',
    'tchau obrigado obrigada tá bom até logo',
    'dag doei bedankt dank je wel goed',
  ].flatMap((line) => line.split(' ')),
);

/** True when every word takes leave. An empty text is not an acknowledgement: nothing was understood. */
export function isAcknowledgement(text: string | undefined): boolean {
  const words = (text ?? '')
    .toLowerCase()
    .split(/[^\p{L}\p{M}-]+/u)
    .filter((word) => word !== '');
  return words.length > 0 && words.every((word) => WORDS.has(word));
}
