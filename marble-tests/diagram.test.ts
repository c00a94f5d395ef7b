import { expect, it } from 'vitest';

import { alike, lanes, marbles } from '../operators/testing/index.js';

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

it.each<[what: string, a: unknown, b: unknown, equal: boolean]>([
  ['numbers that are no numbers', [NaN], [NaN], true],
  ['0 and -0', 0, -0, false],
  ['a property that is undefined and one that is missing', { a: 1, b: undefined }, { a: 1 }, true],
  ['a property that is missing', { a: 1 }, { a: 1, b: 2 }, false],
  ['an array and the object with its entries', [1], { 0: 1 }, false],
  ['arrays of which one has a hole more', [], [undefined], false],
  ['samples', Int16Array.of(1, 2), Int16Array.of(1, 2), true],
  ['samples of another kind', Int16Array.of(1), Uint8Array.of(1), false],
  ['samples of another value', Int16Array.of(1), Int16Array.of(2), false],
  ['errors by their message', new Error('a'), new Error('b'), false],
  ['errors with one message', new RangeError('a'), new RangeError('a'), true],
  ['maps', new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]]), true],
  ['maps of other values', new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]]), false],
  ['sets', new Set([1]), new Set([2]), false],
  ['dates', new Date(1), new Date(2), false],
  ['null and an object', null, {}, false],
  ['anything and a matcher', { a: 5 }, { a: expect.any(Number) as unknown }, true],
  ['something else and a matcher', { a: '5' }, { a: expect.any(Number) as unknown }, false],
])('compares %s', (_what, a, b, equal) => {
  expect(alike(a, b)).toBe(equal);
});

it('prints what it names in the legend on one line, however much it is', () => {
  const values = { a: new Map([['k', new Error('no')]]), b: Float32Array.of(0.5), c: 12n, d: new Array(40).fill(7), e: lanes, f: new Date(0) };
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abcdef)', values)).toBe('-');
  }));
  expect(message.split('\n').filter((line) => line.includes(' = '))).toEqual([
    'a = Map [["k", [Error: no]]]', 'b = Float32Array [0.5]', 'c = 12n', `d = [${'7, '.repeat(12)}… 40 in all]`, 'e = [function lanes]', 'f = [Date 0]',
  ]);
});

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
