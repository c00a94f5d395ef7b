import { expect, it } from 'vitest';

import { lanes, marbles } from './marbles.js';

/** The message of the failure that a marble test ends in. */
function failure(test: () => void): string {
  try {
    test();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error('The test passes, and should not.');
}

const shown = (text: string): string => text.split('\n').map((line) => line.slice(4)).join('\n').trim();

it('draws expected and actual on a common time axis', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('--a---b-|')).toBe('--a--b-|');
  }));
  expect(message).toContain(shown(`
    expected  --a--b-|
    actual    --a---b-|
    ms        0 2  5678
    first difference at 5 ms: expected b, actual nothing`));
});

it('brackets what happens at one time and keeps the lanes aligned behind it', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-(ab)-c|')).toBe('-a----c|');
  }));
  expect(message).toContain(shown(`
    expected  -a----c|
    actual    -(ab)-c|`));
});

it('writes long waits as times and names values in a legend', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('a 29999ms b', { a: { left: 1 }, b: { left: 0 } })).toBe('a 29999ms b', { a: { left: 1 }, b: { left: 2 } });
  }));
  expect(message).toMatch(/expected {2}a 29999ms b/u);
  expect(message).toMatch(/actual {4}a 29999ms c/u);
  expect(message).toMatch(/b = \{"left": 2\}/u);
  expect(message).toMatch(/c = \{"left": 0\}/u);
});

it('draws an error as #, a subscription as ^ and !', () => {
  const message = failure(marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('--#');
    expectObservable(source);
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));
  expect(message).toContain(shown(`
    expected  ^--!
    actual    ^-!`));
});

it('says so where nothing came at all', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-')).toBe('--a');
  }));
  expect(message).toContain('first difference at 2 ms: expected a, actual nothing');
});

it('shows inner streams as marbles in the legend', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    const x = cold('--a|');
    expectObservable(cold('-x', { x: cold('-a|') })).toBe('-x', { x });
  }));
  expect(message).toContain('a = --a|');
  expect(message).toContain('b = -a|');
});

it('is quiet where both are equal', marbles(({ cold, expectObservable }) => {
  expectObservable(cold('-a|')).toBe('-a|');
}));

it('reads the lanes of a diagram by name, however they are indented', () => {
  const lane = lanes(`
    frames     -a-b|
    answer q     --c|
  `);
  expect(lane('frames')).toBe('-a-b|');
  expect(lane('answer q')).toBe('--c|');
  expect(() => lane('answer r')).toThrow('no lane "answer r"');
  expect(() => lanes('frames')).toThrow('Not a lane');
});
