/** A question before something that cannot be taken back. Focus stays inside; Escape is no. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** On the button that does it. */
  readonly yes: string;
  readonly danger?: boolean;
  /** Asks for a sentence that goes into the log. */
  readonly wantsReason?: boolean;
  /** A rejection is shown and the question stays. */
  readonly act: (reason: string) => Promise<unknown>;
}

const asked = signal<Question | undefined>(undefined);

export function ask(question: Question): void {
  asked.value = question;
}

/** Stands once in the page. */
export function Confirm() {
  const question = asked.value;
  return question === undefined ? null : <Dialog key={question.title} question={question} />;
}

function Dialog({ question }: { readonly question: Question }) {
  const element = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => element.current?.showModal(), []);
  const close = (): void => void (asked.value = undefined);
  const act = async (): Promise<void> => {
    setBusy(true);
    try {
      await question.act(reason);
      close();
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} onClose={close} aria-labelledby="question">
      <h2 id="question">{question.title}</h2>
      <p>{question.text}</p>
      {question.wantsReason === true && (
        <label class="field">
          Reason, for the record <span class="soft">(optional)</span>
          <input value={reason} maxLength={200} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <div class="row end">
        <button type="button" class="button" onClick={close}>
          Keep it as it is
        </button>
        <button
          type="button"
          class={`button ${question.danger === true ? 'danger' : 'primary'}`}
          disabled={busy}
          onClick={() => void act()}
        >
          {question.yes}
        </button>
      </div>
    </dialog>
  );
}
