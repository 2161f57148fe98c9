/**
 * How callers take leave. Under `bargeIn: resume` an utterance made of such phrases alone is no reason
 * to go on with the call ("okay, bye" during the goodbye). A list per language: all of an utterance is
 * of one language, but some words are said in all of them. Anything else is real speech.
 */

const EVERYWHERE = 'bye, bye-bye, bye bye, ok, okay, o k, mhm, hm, hmm, mm, ciao, super';

/** ISO 639-1 → phrases, in lower case, without punctuation inside. */
export const ACKNOWLEDGEMENTS: Readonly<Record<string, string>> = {
  en:
    'goodbye, good bye, k, yes, yep, yeah, sure, right, alright, all right, fine, great, good, perfect, cheers, ' +
    'thanks, thank you, thanks a lot, thanks so much, thank you so much, thank you very much, many thanks, ' +
    "no thanks, no thank you, no that's all, that's all, that's it, no that's it, nothing else, uh-huh, will do, " +
    'got it, sounds good, you too, same to you, see you, see you later, see you soon, later, take care, all the best, ' +
    'have a nice day, have a good day, have a great day, have a good one, have a nice evening, have a good evening, ' +
    'have a good night, have a nice weekend, have a good weekend, good night, good day, okay then, bye now',
  de:
    'tschüss, tschüs, auf wiederhören, auf wiedersehen, bis dann, bis bald, danke, danke schön, danke sehr, vielen dank, ' +
    'nein danke, ja, ja danke, gut, alles klar, klar, bitte, schönen tag, schönen tag noch, einen schönen tag noch, ' +
    'schönen abend, schönen abend noch, schönes wochenende, ihnen auch, ebenfalls, gleichfalls, das war alles, das wäre alles',
  es:
    'adiós, adios, gracias, muchas gracias, no gracias, vale, hasta luego, hasta pronto, sí, si, bueno, perfecto, ' +
    'de acuerdo, eso es todo, igualmente, buen día, buenas noches, que tenga buen día',
  fr:
    "au revoir, merci, merci beaucoup, non merci, oui, d'accord, très bien, c'est tout, bonne journée, bonne soirée, " +
    'à bientôt, à vous aussi, vous aussi, parfait',
  it: 'arrivederci, grazie, grazie mille, no grazie, va bene, sì, si, certo, perfetto, buona giornata, buona serata, è tutto, anche a lei',
  pt:
    'tchau, adeus, obrigado, obrigada, muito obrigado, muito obrigada, não obrigado, não obrigada, tá, tá bom, está bem, ' +
    'até logo, bom dia, boa noite, sim, é só isso, igualmente',
  nl:
    'dag, doei, tot ziens, bedankt, dank je, dank je wel, dank u, dank u wel, nee dank je, nee bedankt, ja, goed, ' +
    'prima, fijne dag, fijne dag nog, fijne avond, dat was alles, insgelijks',
  pl: 'do widzenia, cześć, pa, dziękuję, dziękuję bardzo, nie dziękuję, dobrze, tak, to wszystko, miłego dnia, nawzajem, do usłyszenia',
  sv: 'hej då, hejdå, tack, tack så mycket, nej tack, ja, bra, det var allt, ha en bra dag, detsamma',
  tr: 'hoşça kal, hoşçakal, görüşürüz, teşekkürler, teşekkür ederim, hayır teşekkürler, tamam, evet, iyi günler, iyi akşamlar, peki',
  ru: 'до свидания, пока, спасибо, большое спасибо, нет спасибо, хорошо, да, ладно, всего доброго, всё, это всё, вам тоже',
  hi: 'धन्यवाद, शुक्रिया, ठीक है, हाँ, हां, अलविदा, नमस्ते, जी, अच्छा, बस',
  ar: 'شكرا, شكرًا, شكرا جزيلا, مع السلامة, نعم, حسنا, حسنًا, تمام, وداعا, لا شكرا',
  ja: 'はい, ありがとう, ありがとうございます, ありがとうございました, さようなら, 失礼します, 失礼いたします, わかりました, 大丈夫です, どうも, じゃあね',
  zh: '再见, 再見, 拜拜, 谢谢, 謝謝, 谢谢你, 谢谢您, 好, 好的, 是的, 不用了谢谢, 不用了, 没有了, 没事了',
};

/** No phrase above has more words. */
const WORDS_MAX = 6;

const LANGUAGES = Object.values(ACKNOWLEDGEMENTS).map(
  (phrases) => new Set([...phrasesOf(phrases), ...phrasesOf(EVERYWHERE)]),
);

function phrasesOf(list: string): string[] {
  return list.split(', ').map((phrase) => wordsOf(phrase).join(' '));
}

/** Letters, with apostrophes and hyphens inside; the typographic apostrophe is the plain one. */
function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*/gu) ?? []
  );
}

/** True when all of it takes leave. An empty text is not an acknowledgement: nothing was understood. */
export function isAcknowledgement(text: string | undefined): boolean {
  const words = wordsOf(text ?? '');
  return words.length > 0 && LANGUAGES.some((phrases) => isMadeOf(words, phrases));
}

/** Whether the words are phrases one after the other, however they are divided. */
function isMadeOf(words: readonly string[], phrases: ReadonlySet<string>): boolean {
  const reached = new Set([0]);
  for (let from = 0; from < words.length; from += 1) {
    if (!reached.has(from)) continue;
    for (let length = 1; length <= WORDS_MAX; length += 1) {
      if (phrases.has(words.slice(from, from + length).join(' '))) reached.add(from + length);
    }
  }
  return reached.has(words.length);
}
