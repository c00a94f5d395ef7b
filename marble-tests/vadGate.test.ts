import { concat, concatMap, from, map, merge, mergeMap, NEVER, of, Subject, switchMap, tap, throwError, timer, toArray, type ObservableInput } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { vadGate, type Pause, type Utterance, type UtteranceEnd, type VadGateOptions } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

/** The probability of a frame that is a letter: s speech, q quiet, a digit that many tenths. */
const probability = (frame: string): number => ({ s: 1, q: 0 })[frame] ?? Number(frame) / 10;

const SMALL = { frameLength: 1, preRoll: 2, minSpeech: 3, minSilence: 3 };
const gate = (options: VadGateOptions<string> = {}): ReturnType<typeof vadGate<string>> => vadGate(() => probability, { ...SMALL, ...options });
const thrown = (error: unknown): never => { throw error; };

interface Heard { frames: string; end?: UtteranceEnd }

/** The utterances of frames that all come at once. */
function utterances(frames: Iterable<string>, options: VadGateOptions<string> = {}): Heard[] {
  const heard: Heard[] = [];
  from(frames).pipe(gate(options), mergeMap((window) => {
    const one: Heard = { frames: '' };
    heard.push(one);
    return merge(window.pipe(tap((frame) => { one.frames += frame; })), window.ended.pipe(tap((end) => { one.end = end; })));
  })).subscribe({ error: thrown });
  return heard;
}

/** What a window says, as letters: its frames, C confirmed, and once each has completed c, | (frames) and E e (ended). */
function news(window: Utterance<string>): string[] {
  const said: string[] = [];
  const note = (letter: string): void => { said.push(letter); };
  window.confirmed.subscribe({ next: () => note('C'), error: () => note('c#'), complete: () => note('c') });
  window.subscribe({ next: note, error: () => note('#'), complete: () => note('|') });
  window.ended.subscribe({ next: () => note('E'), error: () => note('e#'), complete: () => note('e') });
  return said;
}

describe('vadGate', () => {
  it('opens a window on every utterance', marbles(({ hot, expectObservable, flush }) => {
    const lane = lanes(`
      frames      qqqssssqqqqqssqq|
      utterances  ---x--------y---|
      in x         qqssssqqq
      in y                  qqssqq
    `);
    const opened = hot(lane('frames')).pipe(gate());
    expectObservable(opened.pipe(map((_, index) => 'xy'[index]))).toBe(lane('utterances'));
    const frames: string[] = [];
    opened.pipe(mergeMap((window) => window.pipe(toArray()))).subscribe({ next: (all) => frames.push(all.join('')), error: thrown });
    flush();
    expect(frames).toEqual([lane('in x'), lane('in y')]);
  }));

  it('passes the pre-roll on when the window opens, and every other frame as it comes', marbles(({ hot, expectObservable }) => {
    const spaced = (frames: string): string => Array.from(frames).join(' 9ms ');
    const frames = hot(spaced('qsq6qqq|')).pipe(gate({ preRoll: 1 }), mergeMap((window) => window));
    expectObservable(frames).toBe('-    9ms (qs) 6ms q 9ms 6 9ms q 9ms q 9ms q 9ms |');
  }));

  it('tells how a window ended', marbles(({ hot, expectObservable }) => {
    const ended = hot('qqqssssqqqqqssqq|').pipe(gate(), mergeMap(({ ended: end }) => end));
    expectObservable(ended).toBe('---------x------(y|)', {
      x: { accepted: true, reason: 'silence', voiced: 4, length: 9, lastVoicedAt: 6 },
      y: { accepted: false, reason: 'source', voiced: 2, length: 6, lastVoicedAt: 13 },
    });
  }));

  it('counts in frames of 32 ms by default', () => {
    const frame = (letter: string, times: number): string => letter.repeat(times);
    const defaults = (frames: string): UtteranceEnd | undefined => {
      let end: UtteranceEnd | undefined;
      from(frames).pipe(vadGate(() => probability), mergeMap(({ ended }) => ended)).subscribe({ next: (value) => { end = value; }, error: thrown });
      return end;
    };
    // Pre-roll 500 ms is 15 whole frames, least speech 384 ms is 12, least silence 500 ms is 16.
    expect(defaults(frame('q', 40) + frame('s', 12) + frame('q', 40))).toMatchObject({ accepted: true, reason: 'silence', voiced: 384, length: (15 + 12 + 16) * 32 });
    expect(defaults(frame('q', 40) + frame('s', 11) + frame('q', 40))).toMatchObject({ accepted: false, voiced: 352 });
    expect(defaults(frame('q', 40) + frame('s', 12) + frame('q', 15))).toMatchObject({ reason: 'source' });
  });

  describe('confirmed', () => {
    it('emits at the frame that makes enough speech, and not twice', marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-qssqsssqqqq').pipe(gate(), mergeMap(({ confirmed }) => confirmed.pipe(map(() => 'C'))))).toBe('-----C------');
    }));

    it('completes without a value after a false opening', marbles(({ hot, expectObservable }) => {
      const confirmed = hot('-ssqqq---').pipe(gate(), switchMap((window) => concat(window.confirmed.pipe(map(() => 'C')), of('|'))));
      expectObservable(confirmed).toBe('-----x---', { x: '|' });
    }));

    it('comes after the frame that confirms', () => {
      const said: string[][] = [];
      from('qssss').pipe(gate()).subscribe({ next: (window) => said.push(news(window)), error: thrown });
      expect(said.map((letters) => letters.join(''))).toEqual(['qsssCcs|Ee']);
    });
  });

  it('completes confirmed, frames and ended in this order', () => {
    const said: string[][] = [];
    from('sqqq').pipe(gate()).subscribe({ next: (window) => said.push(news(window)), error: thrown });
    expect(said.map((letters) => letters.join(''))).toEqual(['sqqqc|Ee']);
  });

  it('gives late subscribers everything from the start, during the window and after it', () => {
    const source = new Subject<string>();
    const windows: Utterance<string>[] = [];
    source.pipe(gate()).subscribe({ next: (window) => windows.push(window), error: thrown });
    for (const frame of 'qsss') source.next(frame);
    const during = news(windows[0]!);
    expect(during).toEqual(['C', 'c', 'q', 's', 's', 's']);
    for (const frame of 'qqq') source.next(frame);
    expect(during.join('')).toBe('Ccqsssqqq|Ee');
    expect(news(windows[0]!).join('')).toBe('Ccqsssqqq|Ee');
  });

  describe('hysteresis', () => {
    it.each<[what: string, frames: string, ...expected: string[]]>([
      ['does not open at a frame in between', '5555'],
      ['opens at the threshold', 'q6q', 'q6q'],
      ['goes on at a frame in between, as speech', 'sss5555555qqqq', 'sss5555555qqq'],
      ['does not let a frame in between break a silence', 'ssssq5qs', 'ssssq5q', 's'],
      ['lets a frame at the threshold break it', 'ssssqq6qqqs', 'ssssqq6qqq', 's'],
      ['ends no window at a frame in between, but at the next quiet one', 'ssssq5555qs', 'ssssq5555q', 's'],
    ])('%s', (_what, frames, ...expected) => {
      expect(utterances(frames).map((heard) => heard.frames)).toEqual(expected);
    });

    it('counts frames in between as speech as long as there is no silence', () => {
      expect(utterances('s55qqq')[0]?.end).toMatchObject({ voiced: 3, accepted: true });
      expect(utterances('sq5s5qqq')[0]?.end).toMatchObject({ voiced: 3, accepted: true });
    });

    it('takes both thresholds as given', () => {
      expect(utterances('2933q19', { threshold: 0.3, endThreshold: 0.2, minSilence: 2 }).map(({ frames }) => frames)).toEqual(['2933q1', '9']);
      expect(utterances('5', { threshold: 0.4 })).toHaveLength(1);
      // A frame exactly at the end threshold is in between: it counts as speech after speech, and ends no window.
      expect(utterances('s44qq4qs', { endThreshold: 0.4 })).toMatchObject([{ frames: 's44qq4q', end: { voiced: 3 } }, { frames: 's' }]);
      expect(utterances('s4q4qs', { threshold: 0.5, endThreshold: 0.5, minSilence: 2 }).map(({ frames }) => frames)).toEqual(['s4q', '4qs']);
      expect(utterances('s333s', { threshold: 0.4 }).map(({ frames }) => frames)).toEqual(['s333s']);
    });
  });

  it('never puts a frame of one window into the pre-roll of the next', () => {
    expect(utterances('qqssssqqqsqqqqqs', { preRoll: 4 }).map(({ frames }) => frames)).toEqual(['qqssssqqq', 'sqqq', 'qqs']);
  });

  it('has no pre-roll where none is wanted', () => {
    expect(utterances('qqqsqqqq', { preRoll: 0 }).map(({ frames }) => frames)).toEqual(['sqqq']);
  });

  describe('an utterance that is too long', () => {
    it('is split without losing or repeating a frame, and all parts are accepted', () => {
      expect(utterances('qq1sssssssssqqq', { maxSpeech: 5 })).toMatchObject([
        { frames: 'q1sss', end: { reason: 'length', accepted: true, length: 5 } },
        { frames: 'sssss', end: { reason: 'length', accepted: true } },
        { frames: 'sqqq', end: { reason: 'silence', accepted: true, voiced: 1 } },
      ]);
    });

    it('goes on after a short pause at the split, whose frames are kept', () => {
      expect(utterances('sssssqqsqqq', { maxSpeech: 5 })).toMatchObject([
        { frames: 'sssss', end: { reason: 'length' } },
        { frames: 'qqsqq', end: { reason: 'length', accepted: true } },
      ]);
    });

    it('is another utterance once the pause is longer than the pre-roll', () => {
      expect(utterances('sssssqqqsqqq', { maxSpeech: 5 })).toMatchObject([
        { frames: 'sssss', end: { accepted: true } },
        { frames: 'qqsqq', end: { reason: 'length', accepted: false, voiced: 1 } },
      ]);
    });

    it('confirms its continuation at the first frame', marbles(({ hot, expectObservable }) => {
      const confirmed = hot('sssss---s').pipe(gate({ maxSpeech: 5 }), mergeMap((window, index) => window.confirmed.pipe(map(() => String(index)))));
      expectObservable(confirmed).toBe('--0-----1');
    }));

    it('does not make a false opening right', () => {
      expect(utterances('s2222s2222', { maxSpeech: 5, minSilence: 10, preRoll: 0 }).map(({ end }) => end?.accepted)).toEqual([false, false]);
    });
  });

  it('puts every frame into one window at most, in order, whatever is heard', () => {
    const letters = fc.array(fc.constantFrom('s', 's', 'q', 'q', '5'), { maxLength: 80 });
    const options = fc.record({ preRoll: fc.integer({ min: 0, max: 4 }), minSilence: fc.integer({ min: 1, max: 4 }), minSpeech: fc.integer({ min: 0, max: 5 }), maxSpeech: fc.integer({ min: 5, max: 12 }) });
    fc.assert(fc.property(letters, options, (heard, chosen) => {
      const numbered = heard.map((letter, index) => ({ letter, index }));
      const windows: { indices: number[]; end?: UtteranceEnd }[] = [];
      from(numbered).pipe(vadGate(() => ({ letter }) => probability(letter), { frameLength: 1, ...chosen }), mergeMap((window) => {
        const one: (typeof windows)[number] = { indices: [] };
        windows.push(one);
        return merge(window.pipe(tap(({ index }) => { one.indices.push(index); })), window.ended.pipe(tap((end) => { one.end = end; })));
      })).subscribe({ error: thrown });
      const kept = windows.flatMap(({ indices }) => indices);
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      for (const { indices, end } of windows) {
        expect(indices).toEqual(indices.map((_, place) => indices[0]! + place));
        expect(end).toMatchObject({ length: indices.length });
        expect(indices.length).toBeLessThanOrEqual(chosen.maxSpeech);
      }
      // Every voiced frame is heard by somebody.
      expect(numbered.filter(({ letter, index }) => letter === 's' && !kept.includes(index))).toEqual([]);
    }), { numRuns: 300 });
  });

  describe('an adaptive end', () => {
    /** Options with a function for the end of silence, and what it was asked. */
    function adaptive(answer: (pause: Pause<string>) => ObservableInput<number>, options: VadGateOptions<string> = {}): { options: VadGateOptions<string>; asked: Pause<string>[] } {
      const asked: Pause<string>[] = [];
      return { asked, options: { pauseAfter: 2, maxSilence: 6, ...options, minSilence: (pause) => { asked.push(pause); return answer(pause); } } };
    }

    it('is asked for once a pause, with everything heard so far', () => {
      const { asked, options } = adaptive(() => NEVER);
      utterances('qsssqqqsqqqq', options);
      expect(asked.map(({ frames, ...rest }) => ({ frames: frames.join(''), ...rest }))).toEqual([
        { frames: 'qsssqq', voiced: 3, length: 6 },
        { frames: 'qsssqqqsqq', voiced: 4, length: 10 },
      ]);
    });

    it('is asked for at the first quiet frame where pauses are not waited for', () => {
      const { asked, options } = adaptive(() => of(2), { pauseAfter: 0 });
      expect(utterances('sssqqq', options).map(({ frames }) => frames)).toEqual(['sssqq']);
      expect(asked.map(({ frames }) => frames.join(''))).toEqual(['sssq']);
    });

    it('lets go of the question when speech goes on, and when the window ends', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const question = cold<number>('----------');
      expectObservable(hot('sssqqqsssqqqqqqqqq').pipe(gate(adaptive(() => question).options), map(() => 'x'))).toBe('x-----------------');
      expectSubscriptions(question.subscriptions).toBe(['----^-!', '----------^---!']);
    }));

    it('ends the window at once where enough silence has passed when the answer comes', marbles(({ hot, cold, expectObservable }) => {
      const { options } = adaptive(() => cold('--x', { x: 3 }));
      const silent = hot('sssqqq----------').pipe(gate(options), mergeMap(({ ended }) => ended.pipe(map(({ length }) => String(length)))));
      // The answer comes at 6, between two frames; three quiet ones have passed.
      expectObservable(silent).toBe('------6---------');
    }));

    it('ends the window later where the answer asks for more silence', () => {
      const { options } = adaptive(() => of(4));
      expect(utterances('sssqqqqqqqqqq', options).map(({ frames }) => frames)).toEqual(['sssqqqq']);
    });

    it('may change its mind: the last answer counts', marbles(({ hot, cold, expectObservable }) => {
      const { options } = adaptive(() => cold('x--y', { x: 20, y: 5 }));
      const silent = hot('sssqqqqqqqqqqqqqq').pipe(gate(options), mergeMap(({ ended }) => ended.pipe(map(({ length }) => String(length)))));
      expectObservable(silent).toBe('-------8---------');
    }));

    it('minds no answer that comes while the window ends', () => {
      const answers = new Subject<number>();
      const { options } = adaptive(() => answers);
      const [source, ends, errors] = [new Subject<string>(), [] as string[], [] as unknown[]];
      source.pipe(gate(options), mergeMap(({ ended }) => ended)).subscribe({
        next: ({ reason }) => {
          ends.push(reason);
          answers.next(1);
        },
        error: (error: unknown) => errors.push(error),
      });
      for (const frame of 'sssqq') source.next(frame);
      answers.next(2);
      for (const frame of 'sssqqqqqq') source.next(frame);
      expect([ends, errors]).toEqual([['silence', 'silence'], []]);
    });

    it('ends after the longest silence where no answer comes', () => {
      const { options } = adaptive(() => NEVER);
      expect(utterances('sssqqqqqqqqqqqq', options).map(({ frames }) => frames)).toEqual(['sssqqqqqq']);
    });

    it('forgets the answer for one pause at the next', () => {
      let pause = 0;
      const { options } = adaptive(() => (pause++ === 0 ? of(4) : NEVER));
      expect(utterances('sssqqsqqqqqqqqq', options).map(({ frames }) => frames)).toEqual(['sssqqsqqqqqq']);
    });

    it('fails the stream and the window when the question fails or throws', () => {
      for (const answer of [() => throwError(() => new Error('broken')), (): never => { throw new Error('broken'); }]) {
        const { options } = adaptive(answer);
        const said: string[][] = [];
        const errors: unknown[] = [];
        concat(from('sssqqq'), NEVER).pipe(gate(options)).subscribe({ next: (window) => said.push(news(window)), error: (error: unknown) => errors.push(error) });
        expect(errors).toEqual([new Error('broken')]);
        expect(said.map((letters) => letters.join(''))).toEqual(['sssCcqq#e#']);
      }
    });

    it('lets go of the question when the source completes and when unsubscribed', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const question = cold<number>('----------');
      const { options } = adaptive(() => question);
      expectObservable(hot('sssqq|').pipe(gate(options), map(() => 'x'))).toBe('x----|');
      expectObservable(hot('sssqq---').pipe(gate(options), map(() => 'x')), '^-----!').toBe('x------');
      expectSubscriptions(question.subscriptions).toBe(['----^!', '----^-!']);
    }));
  });

  describe('a VAD that takes its time', () => {
    it('keeps the frames in order, and completes after the last one', marbles(({ cold, expectObservable }) => {
      let call = 0;
      const slow = (frame: string): ObservableInput<number> => timer(call++ % 2 === 0 ? 9 : 1).pipe(map(() => probability(frame)));
      const frames = cold('qabc|').pipe(vadGate(() => (frame: string) => slow(frame === 'q' ? 'q' : 's'), SMALL), mergeMap((window) => window));
      // Verdicts at 9, 10, 19 and 20, one after the other; the window opens with the second.
      expectObservable(frames).toBe('10ms (qa) 5ms b(c|)');
    }));

    it('keeps the order of frames of which only some take time', marbles(({ cold, expectObservable }) => {
      const mixed = (frame: string): number | ObservableInput<number> => (frame === 'b' ? timer(4).pipe(map(() => 1)) : probability(frame === 'a' ? 's' : frame));
      const frames = cold('abss|').pipe(vadGate(() => mixed, SMALL), mergeMap((window) => window));
      expectObservable(frames).toBe('a----(bss|)');
    }));

    it('tells when a frame was heard, not when it was judged', marbles(({ cold, expectObservable }) => {
      const slow = cold('----s|', { s: 1 });
      const at = cold('s--s---|').pipe(vadGate(() => () => slow, SMALL), mergeMap(({ ended }) => ended.pipe(map(({ lastVoicedAt }) => lastVoicedAt))));
      expectObservable(at).toBe('--------(x|)', { x: 3 });
    }));

    it('fails with a message of its own where it gives no probability', () => {
      const errors: unknown[] = [];
      of('s').pipe(vadGate(() => () => [])).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(errors).toEqual([new Error('vadGate: the VAD completed without a probability for a frame.')]);
    });

    it('is let go when unsubscribed', marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold<number>('-----');
      expectObservable(cold('s').pipe(vadGate(() => () => slow, SMALL)), '^--!').toBe('---');
      expectSubscriptions(slow.subscriptions).toBe('^--!');
    }));
  });

  it('judges each stream with a VAD of its own', () => {
    let begun = 0;
    const windows = of('s').pipe(vadGate(() => { begun++; return () => 1; }));
    expect(begun).toBe(0);
    windows.subscribe({ error: thrown });
    windows.subscribe({ error: thrown });
    expect(begun).toBe(2);
  });

  it('costs a synchronous VAD no tick: the window is there before next returns', () => {
    const source = new Subject<string>();
    const said: string[] = [];
    source.pipe(gate(), mergeMap((window) => window)).subscribe({ next: (frame) => said.push(frame), error: thrown });
    source.next('q');
    source.next('s');
    expect(said).toEqual(['q', 's']);
  });

  it('keeps the order of frames that a listener sends while a window opens', () => {
    const source = new Subject<string>();
    const said: string[] = [];
    source.pipe(gate(), tap(() => source.next('7')), mergeMap((window) => window)).subscribe({ next: (frame) => said.push(frame), error: thrown });
    for (const frame of 'qs8') source.next(frame);
    expect(said).toEqual(['q', 's', '7', '8']);
  });

  it('leaves a window alone that a listener opens as the one before ends', () => {
    const source = new Subject<string>();
    const ends: UtteranceEnd[] = [];
    source.pipe(gate({ maxSpeech: 5 }), mergeMap(({ ended }) => ended)).subscribe({
      next: (end) => {
        ends.push(end);
        if (ends.length === 1) source.next('s');
      },
      error: thrown,
    });
    for (const frame of 'ssqqqss') source.next(frame);
    expect(ends).toMatchObject([{ reason: 'silence', length: 5 }]);
    source.complete();
    expect(ends[1]).toMatchObject({ reason: 'source', length: 3 });
  });

  it('fails its open window when the source or the VAD fails', () => {
    const said: string[][] = [];
    const errors: unknown[] = [];
    const listen = { next: (window: Utterance<string>) => { said.push(news(window)); }, error: (error: unknown) => { errors.push(error); } };
    concat(from('sq'), throwError(() => 'source')).pipe(gate()).subscribe(listen);
    from('sqx').pipe(vadGate(() => (frame: string) => {
      if (frame === 'x') throw new Error('vad');
      return probability(frame);
    }, SMALL)).subscribe(listen);
    expect(errors).toEqual(['source', new Error('vad')]);
    expect(said.map((letters) => letters.join(''))).toEqual(['sqc##e#', 'sqc##e#']);
  });

  it('leaves an open window silent, without completing, when unsubscribed', () => {
    const source = new Subject<string>();
    const said: string[][] = [];
    const subscription = source.pipe(gate()).subscribe({ next: (window) => said.push(news(window)), error: thrown });
    source.next('s');
    subscription.unsubscribe();
    source.next('s');
    source.complete();
    expect(said).toEqual([['s']]);
    expect(source.observed).toBe(false);
  });

  it('ends at most one window at a time and opens none while one is open', marbles(({ hot, expectObservable }) => {
    const whole = hot('ssqqqssqqqss|').pipe(gate({ preRoll: 0 }), concatMap((window) => window.pipe(toArray(), map((frames) => frames.join('')))));
    expectObservable(whole).toBe('----x----x--(y|)', { x: 'ssqqq', y: 'ss' });
  }));

  it.each<[what: string, options: VadGateOptions<string>, says: string]>([
    ['a frame without length', { frameLength: 0 }, 'the frame length must be above 0 ms, not 0.'],
    ['an end threshold above the threshold', { threshold: 0.3, endThreshold: 0.4 }, 'the end threshold (0.4) must not be above the threshold (0.3).'],
    ['a longest utterance that the pre-roll fills', { maxSpeech: 500 }, 'the longest utterance (500 ms) must be longer than its pre-roll (500 ms).'],
    ['a threshold that is no number', { threshold: NaN }, 'the end threshold (NaN) must not be above the threshold (NaN).'],
  ])('refuses %s', (_what, options, says) => {
    expect(() => vadGate(() => () => 1, options)).toThrow(new RangeError(`vadGate: ${says}`));
  });

  laws('vadGate', () => gate(), Array.from('qssqqqss'), ['s', 'q', 'q', 'q']);
  laws('vadGate with the frames of its windows', () => (frames) => frames.pipe(gate(), mergeMap((window) => window)), Array.from('qssqqqss'));
});
