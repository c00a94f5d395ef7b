import { concat, NEVER, Observable, of, Subject, throwError, type Observer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { replaceable } from '../../src/engines/replaceable.js';
import type { Tts } from '../../src/engines.js';

/** A voice that says what its test hands it, and that knows whether it still lives. */
function voice(): { readonly tts: Tts; readonly loaded: Observable<Tts>; readonly says: Subject<Int16Array>; readonly lives: () => boolean; readonly load: () => void } {
  const says = new Subject<Int16Array>();
  const tts: Tts = () => says;
  let lives = false;
  let loading: Observer<Tts> | undefined;
  return {
    tts, says, lives: () => lives,
    loaded: new Observable((subscriber) => {
      lives = true;
      loading = subscriber;
      return () => { lives = false; };
    }),
    load: () => loading?.next(tts),
  };
}

const sound = (samples: number): Int16Array => new Int16Array(samples);
const fail = (error: unknown): never => { throw error; };

/** Hears what is said, by the number of samples. */
function heard(said: ReturnType<Tts>): number[] {
  const lengths: number[] = [];
  (said as Observable<Int16Array>).subscribe({ next: ({ length }) => lengths.push(length), error: fail });
  return lengths;
}

describe('a voice that is replaced', () => {
  it('says what it has begun to say, and is let go of then; what comes next is said by the other', () => {
    const [one, other, third] = [voice(), voice(), voice()];
    const { tts, replace } = replaceable(voice().tts);
    replace(one.loaded).subscribe({ error: fail });
    one.load();
    const before = heard(tts('a'));
    replace(other.loaded).subscribe({ error: fail });
    other.load();
    const after = heard(tts('b'));
    one.says.next(sound(1));
    other.says.next(sound(2));
    expect([before, after, one.lives(), other.lives()]).toEqual([[1], [2], true, true]);
    one.says.complete();
    expect([one.lives(), other.lives()]).toEqual([false, true]);
    other.says.complete();
    expect(other.lives()).toBe(true);
    replace(third.loaded).subscribe({ error: fail });
    expect(other.lives()).toBe(true);
    third.load();
    expect([other.lives(), third.lives()]).toEqual([false, true]);
  });

  it('speaks on until the other is there, and for good where that cannot be loaded', () => {
    const first = voice();
    const { tts, replace } = replaceable(first.tts);
    const errors: unknown[] = [];
    replace(throwError(() => 'no such voice')).subscribe({ error: (error: unknown) => errors.push(error) });
    const loading = voice();
    replace(loading.loaded).subscribe({ error: fail });
    const lengths = heard(tts('a'));
    first.says.next(sound(1));
    expect([errors, lengths]).toEqual([['no such voice'], [1]]);
  });

  it('is never loaded where nobody waits for it any more, and goes with all others', () => {
    const [early, late] = [voice(), voice()];
    const { replace, close } = replaceable(voice().tts);
    replace(early.loaded).subscribe({ error: fail }).unsubscribe();
    expect(early.lives()).toBe(false);
    const done: string[] = [];
    replace(late.loaded).subscribe({ complete: () => done.push('done'), error: fail });
    expect(done).toEqual([]);
    late.load();
    expect([done, late.lives()]).toEqual([['done'], true]);
    close();
    expect(late.lives()).toBe(false);
  });

  it('can be the first again', () => {
    const first = voice();
    const { tts, replace } = replaceable(first.tts);
    replace(concat(of<Tts>(() => of(sound(9))), NEVER)).subscribe({ error: fail });
    replace(of(first.tts)).subscribe({ error: fail });
    const lengths = heard(tts('a'));
    first.says.next(sound(1));
    expect(lengths).toEqual([1]);
  });
});
