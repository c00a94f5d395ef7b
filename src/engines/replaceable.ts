import { defer, finalize, from, Observable, Subscription } from 'rxjs';
import type { Loaded, Tts } from '../engines.js';

/** A voice in whose place another can be put while it is used. */
export interface Replaceable {
  /** Each piece of text is spoken by the voice that is there when its turn comes. */
  readonly tts: Tts;
  /** Loads a voice and puts it in the place of the one before, then completes; errs as loading does, and all stays as it was. */
  readonly replace: (loaded: Loaded<Tts>) => Observable<never>;
  /** Lets go of the voice that is there, but for the first. */
  readonly close: () => void;
}

interface Place { readonly tts: Tts; readonly life: Subscription; calls: number; replaced: boolean }

/** A voice that can be replaced. One that was is let go of when it has said what it was asked to; the first is never, as it is somebody else's. */
export function replaceable(first: Tts): Replaceable {
  let place: Place = { tts: first, life: new Subscription(), calls: 0, replaced: false };
  const letGo = ({ calls, replaced, life }: Place): void => {
    if (replaced && calls === 0) life.unsubscribe();
  };
  return {
    tts: (text) => defer(() => {
      const speaking = place;
      speaking.calls += 1;
      return from(speaking.tts(text)).pipe(finalize(() => {
        speaking.calls -= 1;
        letGo(speaking);
      }));
    }),
    replace: (loaded) => new Observable((subscriber) => {
      const life = new Subscription();
      // Not before it is there: until then nobody but the one who waits keeps it.
      subscriber.add(() => {
        if (place.life !== life) life.unsubscribe();
      });
      life.add(loaded.subscribe({
        next: (tts) => {
          const before = place;
          place = { tts, life, calls: 0, replaced: false };
          before.replaced = true;
          letGo(before);
          subscriber.complete();
        },
        error: (error: unknown) => subscriber.error(error),
      }));
    }),
    close: () => place.life.unsubscribe(),
  };
}
