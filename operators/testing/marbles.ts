import { TestScheduler, type RunHelpers } from 'rxjs/testing';

import { sameDrawing } from './diagram.js';

/**
 * The body of a marble test, in virtual time, for any test runner: `it('emits', marbles(({ cold, expectObservable }) => …))`.
 * A test that is red shows two diagrams.
 *
 * One character of a diagram is one frame of audio and one virtual millisecond, so tests give operators a frame length of 1
 * and read lengths off the page; a real frame is 32 ms.
 */
export function marbles(test: (helpers: RunHelpers, scheduler: TestScheduler) => void): () => void {
  return () => {
    const scheduler = new TestScheduler(sameDrawing);
    scheduler.run((helpers) => test(helpers, scheduler));
  };
}

/**
 * A text diagram, one lane a line: gives the marbles of a lane by its name. Two spaces or more part the name from the marbles; spaces that
 * follow only shift a lane that begins later to where it begins.
 *
 * @throws Error where a line is no lane, and where a lane is asked for that is not drawn.
 */
export function lanes(drawing: string): (name: string) => string {
  const drawn = new Map(drawing.split('\n').filter((line) => line.trim() !== '').map((line) => {
    const [name, marks] = line.trim().split(/ {2,}(.*)/u);
    if (marks === undefined) throw new Error(`Not a lane of a diagram: ${line}`);
    return [name, marks] as const;
  }));
  return (name) => {
    const marks = drawn.get(name);
    if (marks === undefined) throw new Error(`The diagram has no lane "${name}".`);
    return marks;
  };
}
