import { from } from 'rxjs';
import { expect } from 'vitest';
import type { Llm, Message } from '../../src/engines.js';
import { all } from '../fixtures/all.js';
import { textOf } from '../fixtures/text-of.js';
import { leavesTheLoopFree, throwsNothing, within, type Contract } from './keeps.js';

export interface LlmSubject {
  readonly llm: Llm;
  /** One that fails in the middle of its work: the server is gone, the process dies. */
  readonly failing: Llm;
  /** Of `llm`: how many answers are being worked on, wherever that is done. */
  readonly working: () => number | Promise<number>;
  /** Milliseconds anything may take. @default 5000 */
  readonly patience?: number;
}

const asked: readonly Message[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Say hello.' }];

const idle = async ({ working, patience = 5_000 }: LlmSubject): Promise<void> => {
  await expect.poll(working, { timeout: patience, interval: 5 }).toBe(0);
};

export const llmContract: Contract<LlmSubject> = {
  'answers in pieces of text and completes': async ({ llm, patience = 5_000 }) => {
    const pieces = await within(patience, 'an answer', all(from(llm(asked))));
    expect(textOf(pieces).trim()).not.toBe('');
    expect(pieces).not.toContain('');
  },
  'answers every subscriber afresh': async ({ llm, patience = 5_000 }) => {
    const answer = from(llm(asked));
    for (let time = 0; time < 2; time++) {
      expect(textOf(await within(patience, 'an answer', all(answer))).trim()).not.toBe('');
    }
  },
  'stops working when it has completed': async (subject) => {
    const { llm, patience = 5_000 } = subject;
    await within(patience, 'an answer', all(from(llm(asked))));
    await idle(subject);
  },
  'leaves the event loop free while it works': ({ llm, patience = 5_000 }) => leavesTheLoopFree(() => within(patience, 'an answer', all(from(llm(asked))))),
  'says and throws nothing after the unsubscription, and stops working': (subject) => throwsNothing(async () => {
    const { llm, patience = 5_000 } = subject;
    let heard = 0;
    await within(patience, 'the first piece', new Promise<void>((resolve, reject) => {
      const subscription = from(llm(asked)).subscribe({
        next: () => {
          heard++;
          queueMicrotask(() => { subscription.unsubscribe(); resolve(); });
        },
        error: reject,
        complete: resolve,
      });
    }));
    const then = heard;
    await idle(subject);
    expect(heard).toBe(then);
  }),
  'stops when it is unsubscribed before the first piece': (subject) => throwsNothing(async () => {
    const news: unknown[] = [];
    const subscription = from(subject.llm(asked)).subscribe({ next: (piece) => news.push(piece), error: (error: unknown) => news.push(error) });
    subscription.unsubscribe();
    const then = news.length;
    await idle(subject);
    expect(news.length).toBe(then);
  }),
  'fails with a SpeechError of its stage': async ({ failing, patience = 5_000 }) => {
    const error: unknown = await within(patience, 'the failure', all(from(failing(asked))).then(() => 'it succeeded', (thrown: unknown) => thrown));
    expect(error).toMatchObject({ name: 'SpeechError', stage: 'llm' });
  },
};
