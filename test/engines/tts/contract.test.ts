import { concat, defer, delay, from, NEVER, Observable, of, share, switchMap, tap, throwError, timer, type Subscriber } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Tts } from '../../../src/engines.js';
import { SpeechError } from '../../../src/errors.js';
import { compute } from '../../contracts/keeps.js';
import { tone } from '../../fixtures/tone.js';
import { joined, ttsContract, type TtsSubject } from '../../contracts/tts.js';

const chunks = (samples: Int16Array): Int16Array[] =>
  Array.from({ length: Math.ceil(samples.length / 3_200) }, (_, index) => samples.slice(index * 3_200, (index + 1) * 3_200));

const spoken = (samples: Int16Array): Observable<Int16Array> => concat(...chunks(samples).map((chunk) => of(chunk).pipe(delay(0))));

/** An engine that says `samples` for each text, and dies when asked to. */
function subject(samples: (text: string) => Int16Array = tone, change: (tts: Tts) => Tts = (tts) => tts): TtsSubject {
  const running = new Set<Subscriber<Int16Array>>();
  const tts: Tts = (text) => new Observable((subscriber) => {
    running.add(subscriber);
    subscriber.add(() => running.delete(subscriber));
    subscriber.add(spoken(samples(text)).subscribe(subscriber));
  });
  const crash = (): void => {
    for (const call of [...running]) call.error(new SpeechError('died', { kind: 'stage', stage: 'tts', code: 'tts-crashed', retryable: true }));
  };
  return { tts: change(tts), crash, patience: 1_000 };
}

const padded = (before: number, after: number) => (text: string): Int16Array => joined([new Int16Array(before * 16), tone(text), new Int16Array(after * 16)]);

const broken: Record<string, TtsSubject> = {
  'speaks at a human pace, in samples of 16 kHz': subject((text) => joined([tone(text), tone(text)])),
  'gives 16-bit samples, and no empty chunk': subject(tone, (tts) => (text) => concat(of(new Int16Array(0)), tts(text))),
  'begins within 40 ms and ends within 200 ms of what is heard': subject(padded(300, 0)),
  'begins and ends without a click: its steps at joins are below −60 dB': subject((text) => tone(text).map((sample, index) => (index === 0 ? 5_000 : sample))),
  'is as loud as the other voices: −20 LUFS, within 2 dB, and never clips': subject((text) => tone(text).map((sample) => sample / 8)),
  'says nothing where there is nothing to say': subject((text) => tone(`${text}x`)),
  'speaks 500 characters': subject((text) => tone(text.slice(0, 200))),
  'speaks through control characters, markup and foreign letters': subject((text) => tone(text.split('\u0007')[0]!)),
  'says the same to every subscriber of one call': subject(tone, (tts) => (text) => from(tts(text)).pipe(share({ resetOnComplete: false }))),
  'keeps calls apart that are made at the same time': (() => {
    let last = '';
    return subject(tone, (tts) => (text) => { last = text; return timer(1).pipe(switchMap(() => tts(last))); });
  })(),
  'leaves the event loop free while it works': subject(tone, (tts) => (text) => from(tts(text)).pipe(tap({ complete: () => compute(250) }))),
  'says and throws nothing after the unsubscription, and answers the next call': (() => {
    // It never hears that a call was given up, and waits for it to end.
    let busy = false;
    const one = subject();
    return {
      ...one,
      patience: 200,
      tts: (text) => defer(() => {
        if (busy) return NEVER;
        busy = true;
        return from(one.tts(text)).pipe(tap({ complete: () => { busy = false; } }));
      }),
    } satisfies TtsSubject;
  })(),
  'errs with a SpeechError of its stage when it dies, and answers the next call': { ...subject(), crash: () => undefined },
};

describe('the contract of a TTS', () => {
  it.each(Object.keys(ttsContract))('"%s" holds for a sound engine', async (promise) => {
    await ttsContract[promise]!(subject());
  });
  it.each(Object.keys(ttsContract))('"%s" fails for an engine that breaks it', async (promise) => {
    await expect(ttsContract[promise]!(broken[promise]!)).rejects.toThrow();
  });
  it('fails for an engine that throws when it is let go, where nobody can catch it', async () => {
    const late = subject(tone, (tts) => (text) => new Observable((subscriber) => {
      subscriber.add(from(tts(text)).subscribe(subscriber));
      subscriber.add(() => void (subscriber.closed && Promise.reject(new Error('aborted'))));
    }));
    await expect(ttsContract['says and throws nothing after the unsubscription, and answers the next call']!(late)).rejects.toThrow('thrown where nobody could catch it');
  });
  it('fails for an engine that never answers, or answers with an error', async () => {
    const promise = ttsContract['speaks 500 characters']!;
    await expect(promise({ tts: () => NEVER, crash: () => undefined, patience: 50 })).rejects.toThrow('not within 50 ms');
    await expect(promise({ tts: () => defer(() => throwError(() => new Error('no voice'))), crash: () => undefined })).rejects.toThrow('no voice');
  });
});
