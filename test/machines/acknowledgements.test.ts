/** Which words of a caller leave a goodbye alone, and which take it back (rule R5, row 13). */
import { describe, expect, it } from 'vitest';
import { ACKNOWLEDGEMENTS, isAcknowledgement } from '../../machines/call/acknowledgements.ts';

describe('row 13: an acknowledgement', () => {
  it.each([
    'Okay, bye.',
    "No, that's all, thank you!",
    'No thank you. You too, bye-bye!',
    'Thanks, have a nice day',
    'That’s it. Thanks a lot.',
    'Ja, danke, Ihnen auch. Tschüss!',
    'Nein danke, das war alles.',
    'No gracias, hasta luego',
    "Oui, d'accord, merci, au revoir",
    'Va bene, grazie mille, ciao',
    'Tá bom, obrigada, tchau!',
    'はい、ありがとうございました。失礼します。',
    '好的，谢谢，再见',
    'Хорошо, спасибо, до свидания',
    'ठीक है, धन्यवाद',
    'شكرا، مع السلامة',
  ])('is made of leave-taking alone: %s', (text) => {
    expect(isAcknowledgement(text)).toBe(true);
  });

  it.each([
    'Wait, one more question.',
    'No.',
    'No no, stop',
    'Okay, but what about my refund?',
    'Have you got a good day next week?',
    'That is not all.',
    'Nein, halt',
    'Yes, see if you have a later one',
    '123',
    '...',
    '',
    undefined,
  ])('is nothing that asks, objects or was not understood: %s', (text) => {
    expect(isAcknowledgement(text)).toBe(false);
  });

  it('is of one language: words that only look alike elsewhere do not add up', () => {
    expect(isAcknowledgement('dag fine')).toBe(false);
    expect(isAcknowledgement('ja bye')).toBe(true);
  });

  it.each(Object.entries(ACKNOWLEDGEMENTS))(
    'is every phrase of the list of %s by itself',
    (_language, phrases) => {
      expect(phrases.split(', ').filter((phrase) => !isAcknowledgement(phrase))).toEqual([]);
    },
  );

  it('takes no time on a long text', () => {
    expect(isAcknowledgement('thank you '.repeat(400))).toBe(true);
    expect(isAcknowledgement(`${'thank you '.repeat(400)}wait`)).toBe(false);
  });
});
