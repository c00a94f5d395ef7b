import { buffer, filter, Subject, type Observable, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';

import { listenGate } from '../../operators/index.js';

/** One recording for every time that the key is held down. */
function recorder<F>(key: Observable<boolean>): OperatorFunction<F, F[]> {
  return (frames) => frames.pipe(
    listenGate(key),
    buffer(key.pipe(filter((down) => !down))),
    filter((recording) => recording.length > 0),
  );
}

it('records what is said while the key is down', () => {
  const [frames, key] = [new Subject<string>(), new Subject<boolean>()];
  const recordings: string[] = [];
  frames.pipe(recorder(key)).subscribe({ next: (recording) => recordings.push(recording.join('')), error: (error: unknown) => { throw error; } });
  const said: readonly (string | boolean)[] = [false, 'a', true, 'b', 'c', false, 'd', true, false, true, 'e', false];
  for (const news of said) {
    if (typeof news === 'boolean') key.next(news);
    else frames.next(news);
  }
  expect(recordings).toEqual(['bc', 'e']);
});
