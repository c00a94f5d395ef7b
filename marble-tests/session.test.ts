import { concat, from, NEVER, Observable, of, throwError, timer, concatMap, delay, finalize, map, mergeMap, tap, toArray } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Engines, Frame, Message, Transcript } from '../src/engines.js';
import type { CancelReason, SessionEvent } from '../src/events.js';
import { session } from '../src/session.js';
import type { SessionOptions } from '../src/session-options.js';

// A letter is a frame of 32 ms of audio and arrives in 1 ms of virtual time: s is speech, q is quiet.
const SPEECH = 's'.repeat(15);
const SILENCE = 'q'.repeat(20);

const frameOf = (letter: string): Frame => new Int16Array(512).fill(letter === 's' ? 1000 : 0);
const heardFinal = (text: string): Transcript => ({ text, final: true });

interface Calls { prompts: (readonly Message[])[]; stt: number; live: number }

function fakes(calls: Calls, overrides: Partial<Engines> = {}): Engines {
  const live = <T>(source: Observable<T>): Observable<T> =>
    new Observable<T>((subscriber) => {
      calls.live += 1;
      const subscription = source.pipe(finalize(() => (calls.live -= 1))).subscribe(subscriber);
      return subscription;
    });
  const engines: Engines = {
    vad: () => (frame) => (frame[0] === 0 ? 0.01 : 0.99),
    stt: (utterance) => {
      calls.stt += 1;
      return utterance.pipe(toArray(), delay(5), map(() => heardFinal(`Question ${calls.stt}.`)));
    },
    llm: (messages) => {
      calls.prompts.push(messages);
      return of('One. ', 'Two.').pipe(concatMap((token) => of(token).pipe(delay(5))));
    },
    tts: () => of(new Int16Array(1600)).pipe(delay(3)),
    ...overrides,
  };
  const watched = <A extends unknown[], T>(call: (...args: A) => ObservableInput<T>) => (...args: A) => live(from(call(...args)));
  return { vad: engines.vad, stt: watched(engines.stt), llm: watched(engines.llm), tts: watched(engines.tts) };
}

interface Run { overrides?: (at: TestScheduler) => Partial<Engines>; options?: SessionOptions }

/** Runs a conversation on virtual time; the letters arrive, and then the source stays silent (`|` at the end completes it). */
function converse(letters: string, { overrides, options = {} }: Run = {}) {
  const calls: Calls = { prompts: [], stt: 0, live: 0 };
  const events: SessionEvent[] = [];
  let completed = false;
  let error: unknown;
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ cold }) => {
    const frames = cold(letters).pipe(map(frameOf));
    const conversation = frames.pipe(session(fakes(calls, overrides?.(scheduler)), { speech: { minSilence: 320 }, ...options }));
    conversation.subscribe({ next: (event) => events.push(event), error: (thrown: unknown) => (error = thrown), complete: () => (completed = true) });
  });
  const news = events.map((event) => describeEvent(event));
  return { events, news, calls, completed, error };
}

function describeEvent(event: SessionEvent): string {
  const turn = 'turn' in event ? ` ${event.turn}` : '';
  switch (event.type) {
    case 'speech.stopped': return `${event.type}${turn} ${event.accepted ? 'accepted' : 'rejected'} (${event.reason})`;
    case 'transcript': return `${event.final ? event.type : 'partial'}${turn} "${event.text}"`;
    case 'reply.text': return `${event.type}${turn} "${event.text}"`;
    case 'reply.done': return `${event.type}${turn} "${event.text}"`;
    case 'cancelled': return `${event.type}${turn} (${event.reason})`;
    case 'failed': return `${event.type}${turn} ${event.stage} ${event.code}`;
    default: return `${event.type}${turn}`;
  }
}

describe('session', () => {
  it('answers an utterance, and tells it in the order in which it happens', () => {
    const { news, calls } = converse(`qqq${SPEECH}${SILENCE}`);
    expect(news).toEqual([
      'listening',
      'speech.started 1', 'speech.stopped 1 accepted (silence)', 'transcript 1 "Question 1."',
      'reply.started 1', 'reply.text 1 "One."', 'reply.text 1 "Two."', 'reply.audio 1', 'reply.audio 1', 'reply.done 1 "One. Two."',
    ]);
    expect(calls.live).toBe(0);
  });

  it('measures every stage of a turn, and the stages add up to the total', () => {
    const { events } = converse(`${SPEECH}${SILENCE}`);
    const done = events.find((event) => event.type === 'reply.done');
    // 10 frames of silence at 1 ms each, 5 ms of STT, 5 ms to the first token, 5 ms to the next one that ends the sentence, 3 ms of TTS.
    expect(done?.latency).toMatchObject({ endpoint: 10, stt: 5, llm: 5, tts: 3, send: 0 });
    const { total, ...stages } = done!.latency!;
    expect(Object.values(stages).reduce((sum, ms) => sum + ms, 0)).toBe(total);
  });

  it('takes too little speech for a false opening and asks nobody', () => {
    const { news, calls } = converse(`ss${SILENCE}`);
    expect(news).toEqual(['listening', 'speech.started 1', 'speech.stopped 1 rejected (silence)']);
    expect(calls.stt).toBe(0);
  });

  it('does not let a false opening cancel an answer', () => {
    const { news } = converse(`${SPEECH}${'q'.repeat(12)}ss${SILENCE}`);
    expect(news).toContain('speech.stopped 2 rejected (silence)');
    expect(news).toContain('reply.done 1 "One. Two."');
    expect(news.join()).not.toContain('cancelled');
  });

  it('skips the LLM when no words were heard', () => {
    const { news, calls } = converse(`${SPEECH}${SILENCE}`, { overrides: () => ({ stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal(' '))) }) });
    expect(news.slice(2)).toEqual(['speech.stopped 1 accepted (silence)', 'transcript 1 " "', 'cancelled 1 (no-words)']);
    expect(calls.prompts).toEqual([]);
  });

  it.each([
    ['stt', { stt: () => throwError(() => new Error('boom')) }],
    ['llm', { llm: () => throwError(() => new Error('boom')) }],
    ['tts', { tts: () => throwError(() => new Error('boom')) }],
    ['stt', { stt: () => { throw new Error('thrown at call time'); } }],
  ] satisfies [string, Partial<Engines>][])('survives a failing %s: the turn fails and the next one is answered', (stage, broken) => {
    let first = true;
    const good: Calls = { prompts: [], stt: 0, live: 0 };
    const { news } = converse(`${SPEECH}${SILENCE}${SPEECH}${SILENCE}`, {
      overrides: () => {
        const once = <K extends 'stt' | 'llm' | 'tts'>(name: K): Engines[K] => ((...args: never[]) => {
          const engines: Partial<Engines> = first ? broken : {};
          const call = engines[name] ?? fakes(good)[name];
          if (engines[name] !== undefined) first = false;
          return (call as (...args: never[]) => ObservableInput<never>)(...args);
        }) as unknown as Engines[K];
        return { stt: once('stt'), llm: once('llm'), tts: once('tts') };
      },
    });
    expect(news).toContain(`failed 1 ${stage} ${stage}-failed`);
    expect(news.at(-1)).toBe('reply.done 2 "One. Two."');
  });

  it.each([
    ['stt', 30_000, { stt: () => NEVER }],
    ['llm', 15_000, { llm: () => NEVER }],
    ['llm', 10_000, { llm: () => of('One. Two. ').pipe(mergeMap((token) => [of(token), NEVER]), mergeMap((each) => each)) }],
    ['tts', 10_000, { tts: () => NEVER }],
  ] satisfies [string, number, Partial<Engines>][])('gives up a hung %s after %i ms and lets go of everything (R10)', (stage, _limit, hung) => {
    const { news, calls } = converse(`${SPEECH}${SILENCE}`, { overrides: () => hung });
    expect(news).toContain(`failed 1 ${stage} ${stage}-timeout`);
    expect(calls.live).toBe(0);
  });

  it.each([
    ['fails', () => throwError(() => new Error('boom')), 'failed 1 stt stt-failed'],
    ['finds no words', () => of(heardFinal('')), 'cancelled 1 (no-words)'],
  ] satisfies [string, Engines['stt'], string][])('ends the turn after the end of speech when a streaming STT %s in the middle of it', (_what, stt, end) => {
    const { news } = converse(`${SPEECH}${SILENCE}`, { overrides: () => ({ stt }) });
    expect(news.indexOf(end)).toBeGreaterThan(news.indexOf('speech.stopped 1 accepted (silence)'));
  });

  it('says that an LLM without a word has failed', () => {
    const { news } = converse(`${SPEECH}${SILENCE}`, { overrides: () => ({ llm: () => of('', '🙂') }) });
    expect(news.at(-1)).toBe('failed 1 llm llm-empty');
  });

  it('is interrupted by speech: nothing of the old turn comes after, and nothing of it runs on', () => {
    const endless = { llm: () => timer(5, 5).pipe(map((n) => `Word ${n}. `)) };
    const { news, calls } = converse(`${SPEECH}${'q'.repeat(40)}${SPEECH}${'q'.repeat(11)}--`, {
      overrides: () => ({ ...endless, stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal('Go on.'))) }),
      options: { cancel: timer(200).pipe(map(() => 'left' as const)) },
    });
    const cut = news.indexOf('cancelled 1 (interrupted)');
    expect(cut).toBeGreaterThan(news.indexOf('reply.audio 1'));
    expect(news.slice(cut + 1).filter((line) => /^\S+ 1\b/.test(line))).toEqual([]);
    expect(news.at(-1)).toBe('cancelled 2 (left)');
    expect(calls.live).toBe(0);
  });

  it('remembers what was spoken of an interrupted answer, marked as cut', () => {
    let asked = 0;
    const prompts: (readonly Message[])[] = [];
    converse(`${SPEECH}${'q'.repeat(60)}${SPEECH}${SILENCE}`, {
      overrides: () => ({
        stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal(`Question ${++asked}.`))),
        llm: (messages) => {
          prompts.push(messages);
          return prompts.length === 1 ? of('Spoken. ', 'Never ', 'said').pipe(concatMap((token, n) => of(token).pipe(delay(n === 2 ? 5_000 : 5)))) : of('Ok.');
        },
      }),
      options: { system: 'Be kind.' },
    });
    expect(prompts[1]).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Question 1.' },
      { role: 'assistant', content: 'Spoken.…' },
      { role: 'user', content: 'Question 2.' },
    ]);
  });

  it('remembers no more of an interrupted answer than was heard of it, where it is released at the pace of the ear', () => {
    const prompts: (readonly Message[])[] = [];
    // A character of the answer is 1 ms of speech; the interruption is recognised 80 ms after the answer has begun.
    const { events } = converse(`${SPEECH}${'q'.repeat(80)}${SPEECH}${SILENCE}`, {
      overrides: () => ({
        stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal('Go on?'))),
        llm: (messages) => {
          prompts.push(messages);
          return of(`${'word '.repeat(18)}end. `, 'And never this. ', 'Nor that.');
        },
        tts: (text) => of(new Int16Array(16 * text.length)),
      }),
      options: { lead: 20 },
    });
    const cutAt = events.find((event) => event.type === 'cancelled')!.at;
    const first = events.find((event) => event.type === 'reply.audio')!.at;
    const said = prompts[1]!.at(-2)!.content;
    expect(said).toMatch(/^(word )+word…$/u);
    expect(said.length).toBeGreaterThan(cutAt - first - 6);
    expect(said.length).toBeLessThanOrEqual(cutAt - first + 1);
    expect(events.find((event) => event.type === 'cancelled')).toMatchObject({ reason: 'interrupted', heard: cutAt - first });
    // What had not been released was taken back.
    expect(events.filter((event) => event.type === 'reply.audio' && event.turn === 1 && event.at > cutAt)).toEqual([]);
  });

  it('tells the text of a piece when it is about to be heard, where it is released at the pace of the ear', () => {
    const { events } = converse(`${SPEECH}${'q'.repeat(200)}`, { overrides: () => ({ tts: () => of(new Int16Array(16 * 50)) }), options: { lead: 10 } });
    const [one, two] = events.filter((event) => event.type === 'reply.text').map(({ at }) => at);
    expect(two! - one!).toBe(40);
    expect(events.at(-1)).toMatchObject({ type: 'reply.done', text: 'One. Two.' });
  });

  describe('hearing "mhm" during an answer', () => {
    const slow = { overrides: () => ({ llm: () => of('Yes.').pipe(delay(60)) }) };
    const MHM = 's'.repeat(13);

    it.each(['interrupt', 'queue', 'ignore'] as const)('goes on, and says so (%s)', (policy) => {
      const { news } = converse(`${SPEECH}${'q'.repeat(12)}${MHM}${SILENCE}`, { ...slow, options: { policy } });
      expect(news.filter((line) => / 2\b/u.test(line))).toEqual(['speech.started 2', 'speech.stopped 2 accepted (silence)', 'cancelled 2 (backchannel)']);
      expect(news.at(-1)).toBe('reply.done 1 "Yes."');
    });

    it('answers as short a word when nobody else speaks', () => {
      expect(converse(`${MHM}${SILENCE}`).news.at(-1)).toBe('reply.done 1 "One. Two."');
    });

    it('answers it where the answer was over before it was', () => {
      const { news } = converse(`${SPEECH}${'q'.repeat(60)}${MHM}${SILENCE}`, { overrides: () => ({ llm: () => of('Yes.').pipe(delay(52)) }) });
      expect(news.indexOf('speech.started 2')).toBeLessThan(news.indexOf('reply.done 1 "Yes."'));
      expect(news.at(-1)).toBe('reply.done 2 "Yes."');
    });

    it('can be taught otherwise', () => {
      const { news } = converse(`${SPEECH}${'q'.repeat(12)}${MHM}${SILENCE}`, { ...slow, options: { interrupts: ({ confirmed }) => confirmed } });
      expect(news).toContain('cancelled 1 (interrupted)');
      expect(news.at(-1)).toBe('reply.done 2 "Yes."');
    });
  });

  it('forgets the oldest turns whole where a prompt would be too long', () => {
    const { calls } = converse(`${SPEECH}${'q'.repeat(60)}`.repeat(4), { options: { chatTokens: 14 } });
    expect(calls.prompts.map((messages) => messages.map(({ content }) => content))).toEqual([
      ['Question 1.'],
      ['Question 1.', 'One. Two.', 'Question 2.'],
      ['Question 2.', 'One. Two.', 'Question 3.'],
      ['Question 3.', 'One. Two.', 'Question 4.'],
    ]);
  });

  it('keeps the first half of a question that a pause cut in two', () => {
    const prompts: (readonly Message[])[] = [];
    let asked = 0;
    converse(`${SPEECH}${'q'.repeat(12)}${SPEECH}${SILENCE}`, {
      overrides: () => ({
        stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal(`Half ${++asked}`))),
        llm: (messages) => {
          prompts.push(messages);
          return of('Yes.').pipe(delay(100));
        },
      }),
    });
    expect(prompts.at(-1)).toEqual([{ role: 'user', content: 'Half 1\nHalf 2' }]);
  });

  it('queues what is said during an answer where the policy says so', () => {
    const { news } = converse(`${SPEECH}${'q'.repeat(12)}${SPEECH}${SILENCE}`, {
      options: { policy: 'queue' }, overrides: () => ({ llm: () => of('Yes.').pipe(delay(100)) }),
    });
    expect(news.filter((line) => line.startsWith('reply.done'))).toEqual(['reply.done 1 "Yes."', 'reply.done 2 "Yes."']);
  });

  it('ignores what is said during an answer where the policy says so, and tells it', () => {
    const { news } = converse(`${SPEECH}${'q'.repeat(12)}${SPEECH}${SILENCE}`, {
      options: { policy: 'ignore' }, overrides: () => ({ llm: () => of('Yes.').pipe(delay(100)) }),
    });
    expect(news).toContain('cancelled 2 (ignored)');
    expect(news.at(-1)).toBe('reply.done 1 "Yes."');
  });

  it('splits an utterance that is too long, and loses none of it', () => {
    let frames = 0;
    const { news } = converse(`${'s'.repeat(50)}${SILENCE}`, {
      options: { policy: 'queue', speech: { minSilence: 320, maxSpeech: 960, preRoll: 0 } },
      overrides: () => ({ stt: (utterance) => utterance.pipe(tap((frame) => (frames += frame[0] === 0 ? 0 : 1)), toArray(), map(() => heardFinal('Words.'))) }),
    });
    expect(news).toContain('speech.stopped 1 accepted (length)');
    expect(frames).toBe(50);
  });

  it('finishes the answer when the frames end, and completes', () => {
    const { news, completed } = converse(`${SPEECH}|`);
    expect(news).toContain('speech.stopped 1 accepted (source)');
    expect(news.at(-1)).toBe('reply.done 1 "One. Two."');
    expect(completed).toBe(true);
  });

  it('passes the failure of its frames on', () => {
    const { error, calls } = converse(`${SPEECH}#`);
    expect(error).toBe('error');
    expect(calls.live).toBe(0);
  });

  describe('with the adaptive endpoint', () => {
    const adaptive = { options: { speech: {} } };

    it('ends a finished question sooner than words that trail off', () => {
      const endpoint = (text: string): number => {
        const { events } = converse(`${SPEECH}${'q'.repeat(60)}`, { ...adaptive, overrides: () => ({ stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal(text))) }) });
        return events.find((event) => event.type === 'reply.done')!.latency!.endpoint;
      };
      expect(endpoint('Is it raining?')).toBeLessThan(endpoint('It is raining.'));
      expect(endpoint('It is raining.')).toBeLessThan(endpoint('It is raining and'));
    });

    it('uses what it transcribed at the pause, and does not transcribe again', () => {
      const { calls, events } = converse(`${SPEECH}${'q'.repeat(60)}`, adaptive);
      expect(calls.stt).toBe(1);
      expect(events.find((event) => event.type === 'reply.done')!.latency!.stt).toBe(0);
    });

    it('tells as a partial what it understood at a pause, and the whole in the end', () => {
      const { news, events } = converse(`${SPEECH}qqqqqqqq${SPEECH}${'q'.repeat(60)}`, { ...adaptive, overrides: () => ({
        stt: (utterance) => utterance.pipe(toArray(), map((all) => ({ text: all.length < 30 ? 'Half of it' : 'All of it.', final: true, language: 'en' }))),
      }) });
      expect(news.slice(1, 6)).toEqual(['speech.started 1', 'partial 1 "Half of it"', 'partial 1 "All of it."', 'speech.stopped 1 accepted (silence)', 'transcript 1 "All of it."']);
      expect(events.flatMap((event) => (event.type === 'transcript' ? [event.language] : []))).toEqual([undefined, undefined, 'en']);
    });

    it('tells no partial where there were no words, and none of a turn that has ended', () => {
      const told = (stt: string, options: SessionOptions): string[] => converse(`${SPEECH}${'q'.repeat(60)}`, {
        options: { ...adaptive.options, ...options }, overrides: () => ({ stt: (utterance) => utterance.pipe(toArray(), delay(10), map(() => heardFinal(stt))) }),
      }).news.filter((line) => line.startsWith('partial'));
      expect(told(' ', {})).toEqual([]);
      expect(told('Too late.', { cancel: timer(13).pipe(map((): CancelReason => 'asked')) })).toEqual([]);
    });

    it('lets go of a guess when the speaker goes on', () => {
      const { calls, news } = converse(`${SPEECH}qqqqqqqq${SPEECH}${'q'.repeat(60)}`, { ...adaptive, overrides: () => ({
        stt: (utterance) => utterance.pipe(toArray(), mergeMap((all) => (all.length < 30 ? NEVER : of(heardFinal('All of it.'))))),
      }) });
      expect(news.filter((line) => line.startsWith('transcript'))).toEqual(['transcript 1 "All of it."']);
      expect(calls.live).toBe(0);
    });
  });

  describe('with speculation', () => {
    const speculating = { options: { speech: {}, speculate: true } };
    const latencyOf = (events: readonly SessionEvent[]) => events.find((event) => event.type === 'reply.done')!.latency!;

    it('has the answer ready when the turn is over', () => {
      const { events, calls } = converse(`${SPEECH}${'q'.repeat(60)}`, speculating);
      const { endpoint, total } = latencyOf(events);
      expect(total).toBe(endpoint);
      expect(calls.prompts).toHaveLength(1);
      expect(calls.live).toBe(0);
    });

    it('asks the LLM only at the end of the turn where it is off', () => {
      const { events } = converse(`${SPEECH}${'q'.repeat(60)}`, { options: { speech: {} } });
      expect(latencyOf(events).llm).toBeGreaterThan(0);
    });

    it('tells nothing of an answer before the turn is over', () => {
      const { news } = converse(`${SPEECH}${'q'.repeat(60)}`, speculating);
      expect(news.slice(1, 5)).toEqual(['speech.started 1', 'partial 1 "Question 1."', 'speech.stopped 1 accepted (silence)', 'transcript 1 "Question 1."']);
    });

    it.each([
      ['at once when the answer is ready early', 0, 16],
      ['when the answer is ready', 10, 24],
      ['without the answer when that takes too long', 90, 35],
    ])('ends a question %s', (_how, llm, endpoint) => {
      const { events } = converse(`${SPEECH}${'q'.repeat(60)}`, {
        ...speculating,
        overrides: () => ({ stt: (utterance) => utterance.pipe(toArray(), delay(10), map(() => heardFinal('Is it raining?'))), llm: () => of('No.').pipe(delay(llm)), tts: () => of(new Int16Array(160)) }),
      });
      // Frames of 32 ms, one a millisecond: 500 ms of silence are 16 of them, 1100 ms are 35.
      expect(latencyOf(events).endpoint).toBe(endpoint);
    });

    it('throws the answer away when the speaker goes on, and answers all of it in the end', () => {
      const { news, calls } = converse(`${SPEECH}${'q'.repeat(25)}${SPEECH}${'q'.repeat(60)}`, {
        ...speculating,
        overrides: () => ({ stt: (utterance) => utterance.pipe(toArray(), map((all) => heardFinal(all.length < 45 ? 'Half of it.' : 'All of it.'))) }),
      });
      expect(news.filter((line) => line.startsWith('transcript'))).toEqual(['transcript 1 "All of it."']);
      expect(calls.prompts.map((messages) => messages.map(({ content }) => content))).toEqual([['Half of it.'], ['All of it.']]);
      expect(news.filter((line) => line.startsWith('reply.done'))).toHaveLength(1);
      expect(calls.live).toBe(0);
    });

    it('begins at most three answers ahead of time in one turn', () => {
      const { calls, news } = converse(`${`${SPEECH}${'q'.repeat(15)}`.repeat(5)}${'q'.repeat(60)}`, speculating);
      expect(calls.prompts).toHaveLength(4);
      expect(news.at(-1)).toBe('reply.done 1 "One. Two."');
    });

    it('tries again at the end of the turn what failed ahead of time', () => {
      let asked = 0;
      const { news } = converse(`${SPEECH}${'q'.repeat(60)}`, { ...speculating, overrides: () => ({ llm: () => (++asked === 1 ? throwError(() => new Error('boom')) : of('Fine.')) }) });
      expect(news.at(-1)).toBe('reply.done 1 "Fine."');
    });

    it('lets go of the engines in the tick in which the turn is cancelled', () => {
      let letGoAt: number | undefined;
      const { events } = converse(`${SPEECH}${'q'.repeat(60)}`, {
        options: { ...speculating.options, cancel: timer(90).pipe(map(() => 'watchdog' as const)) },
        overrides: (scheduler) => ({ llm: () => NEVER.pipe(finalize(() => (letGoAt = scheduler.now()))) }),
      });
      expect(events.at(-1)).toMatchObject({ type: 'cancelled', reason: 'watchdog' });
      expect(letGoAt).toBe(events.at(-1)!.at);
    });

    it('lets an utterance that interrupts be answered ahead of time, too, with the history it interrupted', () => {
      const prompts: (readonly Message[])[] = [];
      let asked = 0;
      const { news } = converse(`${SPEECH}${'q'.repeat(60)}${SPEECH}${'q'.repeat(60)}`, {
        ...speculating,
        overrides: () => ({
          stt: (utterance) => utterance.pipe(toArray(), map(() => heardFinal(`Question ${asked}.`))),
          llm: (messages) => {
            prompts.push(messages);
            asked += 1;
            return asked === 1 ? concat(of('Spoken. '), of('More. ').pipe(delay(3)), NEVER) : of('Ok.');
          },
        }),
      });
      expect(news).toContain('cancelled 1 (interrupted)');
      expect(prompts.at(-1)!.map(({ content }) => content)).toEqual(['Question 0.', 'Spoken.…', 'Question 1.']);
    });
  });
});
