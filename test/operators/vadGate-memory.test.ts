import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Subject } from 'rxjs';
import { expect, it } from 'vitest';

import { vadGate, type Utterance } from '../../operators/index.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Frame { readonly voiced: boolean; readonly samples: Int16Array }

const frame = (voiced: boolean): Frame => ({ voiced, samples: new Int16Array(512) });

/** Sends frames and keeps none of them, only means to find out whether somebody else does. */
function send(source: Subject<Frame>, voiced: boolean, times: number): WeakRef<Frame>[] {
  return Array.from({ length: times }, () => {
    const sent = frame(voiced);
    source.next(sent);
    return new WeakRef(sent);
  });
}

/** Objects that a WeakRef has given out live until the end of the current job. */
const nextJob = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

async function alive(refs: readonly WeakRef<Frame>[]): Promise<number> {
  await nextJob();
  collectGarbage();
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

it('keeps the frames of an utterance as long as somebody holds it, and not a moment longer', async () => {
  const source = new Subject<Frame>();
  const held: Utterance<Frame>[] = [];
  const subscription = source.pipe(vadGate(() => ({ voiced }) => (voiced ? 1 : 0), { preRoll: 0, minSilence: 64 }))
    .subscribe({ next: (window) => held.push(window), error: (error: unknown) => { throw error; } });

  const sent = [...send(source, true, 50), ...send(source, false, 2)];
  send(source, false, 50);
  expect(await alive(sent)).toBe(52);

  held.length = 0;
  await nextJob();
  expect(await alive(sent)).toBe(0);
  expect(source.observed).toBe(true);
  subscription.unsubscribe();
});

it('keeps no more of the quiet before an utterance than its pre-roll', async () => {
  const source = new Subject<Frame>();
  const subscription = source.pipe(vadGate(() => () => 0, { frameLength: 32, preRoll: 320 })).subscribe({ error: (error: unknown) => { throw error; } });
  const sent = send(source, false, 500);
  // The pre-roll is 10 frames; engines keep the last one or two alive for reasons of their own.
  expect(await alive(sent)).toBeLessThan(20);
  subscription.unsubscribe();
});
