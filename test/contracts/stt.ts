import { defer, from, NEVER, type Observable, of, throwError } from 'rxjs';
import { expect } from 'vitest';
import { type Frame, type Stt, type Transcript } from '../../src/engines.js';
import { all } from '../fixtures/all.js';
import { leavesTheLoopFree, throwsNothing, within, type Contract } from './keeps.js';

export interface SttSubject {
  readonly stt: Stt;
  /** One that fails while it works: its process dies. */
  readonly failing: Stt;
  /** Frames in which something is said. */
  readonly voice: readonly Frame[];
  /** Of `stt`: how many transcripts are being worked on, wherever that is done. */
  readonly working: () => number | Promise<number>;
  /** Milliseconds anything may take. @default 5000 */
  readonly patience?: number;
}

const hear = ({ stt, patience = 5_000 }: SttSubject, utterance: Observable<Frame>): Promise<Transcript[]> =>
  within(patience, 'a transcript', all(from(stt(utterance))));

const idle = async ({ working, patience = 5_000 }: SttSubject): Promise<void> => {
  await expect.poll(working, { timeout: patience, interval: 5 }).toBe(0);
};

export const sttContract: Contract<SttSubject> = {
  'gives partials, if any, and then exactly one final transcript': async (subject) => {
    const heard = await hear(subject, from(subject.voice));
    expect(heard.map(({ final }) => final)).toEqual([...heard.slice(1).map(() => false), true]);
    expect(heard.at(-1)!.text.trim()).not.toBe('');
  },
  'hears nothing in no frames': async (subject) => {
    await hear(subject, from(subject.voice)); // An engine may have something to repeat.
    expect((await hear(subject, of())).map(({ text }) => text)).toEqual(['']);
  },
  'takes one utterance after the other': async (subject) => {
    const first = (await hear(subject, from(subject.voice))).at(-1);
    expect((await hear(subject, from(subject.voice))).at(-1)).toEqual(first);
  },
  'listens from the first moment on': async ({ stt }) => {
    let listened = false;
    const utterance = defer(() => {
      listened = true;
      return NEVER;
    });
    const subscription = from(stt(utterance)).subscribe({ error: () => undefined });
    expect(listened).toBe(true);
    subscription.unsubscribe();
  },
  'stops working when it has completed': async (subject) => {
    await hear(subject, from(subject.voice));
    await idle(subject);
  },
  'leaves the event loop free while it works': (subject) => leavesTheLoopFree(() => hear(subject, from(subject.voice))),
  'says and throws nothing after the unsubscription, and stops working': (subject) => throwsNothing(async () => {
    const { stt, voice } = subject;
    const news: unknown[] = [];
    const subscription = from(stt(from(voice))).subscribe({ next: (transcript) => news.push(transcript), error: (error: unknown) => news.push(error) });
    subscription.unsubscribe();
    const then = news.length;
    await idle(subject);
    expect(news.length).toBe(then);
  }),
  'passes on an error of the utterance': async (subject) => {
    await expect(hear(subject, throwError(() => new Error('the line broke')))).rejects.toThrow('the line broke');
  },
  'fails with a SpeechError of its stage': async ({ failing, voice, patience = 5_000 }) => {
    const error: unknown = await within(patience, 'the failure', all(from(failing(from(voice)))).then(() => 'it succeeded', (thrown: unknown) => thrown));
    expect(error).toMatchObject({ name: 'SpeechError', stage: 'stt' });
  },
};
