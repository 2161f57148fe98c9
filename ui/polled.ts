/** An answer of the node that is asked for again and again while a page is open. */
import { useEffect, useState } from 'preact/hooks';
import { get, wordsOf } from './api.ts';

export interface Polled<T> {
  readonly data?: T | undefined;
  readonly problem?: string | undefined;
  /** Asks at once. */
  readonly again: () => void;
}

export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const [answer, setAnswer] = useState<Omit<Polled<T>, 'again'>>({});
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let stopped = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      try {
        const data = await get<T>(path);
        if (!stopped) setAnswer({ data });
      } catch (error) {
        if (!stopped) setAnswer((last) => ({ ...last, problem: wordsOf(error) }));
      }
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [path, everyMs, asked]);
  return { ...answer, again: () => setAsked(asked + 1) };
}
