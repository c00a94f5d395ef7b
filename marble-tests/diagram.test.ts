import { expect, it } from 'vitest';

import { alike, diagram, lanes, marbles, sameDrawing, type Message, type Subscribed } from '../operators/testing/index.js';

/** The message of the failure that a marble test ends in. */
function failure(test: () => void): string {
  try {
    test();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error('The test passes, and should not.');
}

/** What a stream said, one thing every ms. */
const said = (...values: unknown[]): Message[] => values.map((value, frame) => ({ frame, notification: { kind: 'N', value } }));

/** How a value is named in the legend. */
const named = (value: unknown): string => /^a = (.*)$/mu.exec(diagram([], said(value)))?.[1] ?? 'not in the legend';

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

it('draws a subscription as ^ and !', () => {
  const message = failure(marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const source = cold('--#');
    expectObservable(source);
    expectSubscriptions(source.subscriptions).toBe('^--!');
  }));
  expect(message).toContain(shown(`
    expected  ^--!
    actual    ^-!
    ms        0 23
    first difference at 2 ms: expected nothing, actual !`));
});

it('draws every subscription on a line of its own, one that lasts and one of no length too', () => {
  const subscribed = (...times: [number, number][]): Subscribed[] => times.map(([subscribedFrame, unsubscribedFrame]) => ({ subscribedFrame, unsubscribedFrame }));
  expect(diagram(subscribed([0, Infinity], [1, 3]), subscribed([0, Infinity], [2, 2], [4, 5]))).toBe(shown(`
    expected  ^--------
              -^----!
    actual    ^--------
              --(^!)
              -------^!
    ms        012   345
    first difference at 1 ms: expected ^, actual nothing`));
});

it('draws an error as # and what stands beside it', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a-(b#)')).toBe('-a-(b|)');
  }));
  expect(message).toMatch(/^the stream is not as drawn\n\n/u);
  expect(message).toContain(shown(`
    expected  -a-(b|)
    actual    -a-(b#)`));
});

it('draws nothing behind an end', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('a|')).toBe('a-----(bc|)');
  }));
  expect(message).toContain(shown(`
    expected  a-----(bc|)
    actual    a|
    ms        01    6
    first difference at 1 ms: expected nothing, actual |`));
});

it('draws a stream that was never listened to beside one that was', () => {
  expect(diagram([{ subscribedFrame: 1, unsubscribedFrame: 2 }], [])).toBe(shown(`
    expected  -^!
    actual    ---
    ms        012
    first difference at 1 ms: expected ^, actual nothing`));
  expect(diagram([], [{ subscribedFrame: 1, unsubscribedFrame: 2 }])).toContain('first difference at 1 ms: expected nothing, actual ^');
});

it('draws waits of up to 60 ms', () => {
  const after = (frame: number): Message[] => [...said('a'), { frame, notification: { kind: 'C' } }];
  expect(diagram(after(61), after(62))).toBe(shown(`
    expected  a${'-'.repeat(60)}|
    actual    a${'-'.repeat(60)}-|
    ms        0${' '.repeat(60)}61
    first difference at 61 ms: expected |, actual nothing`));
  expect(diagram(after(62), after(62))).toMatch(/^expected {2}a 61ms \|\n/u);
});

it('writes no time over the one before', () => {
  const at = (...frames: number[]): Message[] => frames.map((frame) => ({ frame, notification: { kind: 'N', value: 'x' } }));
  expect(diagram(at(100, 101, 103), at(100, 101, 103))).toContain(shown(`
    actual    - 99ms xx-x
    ms        0      100`));
});

it('gives values that are no letters one of their own, and none that the test uses', () => {
  expect(diagram(said('a', 5, '7', 'no', '-', 'c', 5), said('a', null)).split('\n')).toEqual([
    'expected  ab7decb', 'actual    af-----', 'ms        0123456', 'first difference at 1 ms: expected b, actual f',
    'b = 5', 'd = "no"', 'e = "-"', 'f = null',
  ]);
});

it('gives what is left a question mark when all letters are given away', () => {
  const drawing = diagram(said(...Array.from({ length: 54 }, (_, index) => -index)), []);
  expect(drawing).toMatch(/Z = -51\n\? = -52\n\? = -53$/u);
});

it('says so where two things look alike and are not', () => {
  expect(diagram(said(Symbol('a')), said(Symbol('a')))).toContain('they look alike, but are not equal: see the values\na = Symbol(a)');
});

it('says so where nothing came at all', () => {
  const message = failure(marbles(({ cold, expectObservable }) => {
    expectObservable(cold('-')).toBe('--a');
  }));
  expect(message).toContain('first difference at 2 ms: expected a, actual nothing');
});

it.each<[what: string, inner: unknown, name: string]>([
  ['a stream that says nothing', said(), '-'],
  ['a stream of what is no letter', [...said('a', { x: 1 }, 'bc'), { frame: 2, notification: { kind: 'E' } }], 'a({"x": 1})("bc"#)'],
  ['a stream of text with marks in it', said('No!', 'b|', 'c'), '("No!")("b|")c'],
  ['a stream of streams', said('a', said('b', 'c')), 'a(bc)'],
  ['a list of nothing', [null], '[null]'],
  ['a list of text', ['ab'], '["ab"]'],
  ['a list of things with a time', [{ frame: 1 }], '[{"frame": 1}]'],
  ['a list of which only a part could be said by a stream', [...said('a'), 1], '[{"frame": 0, "notification": {"kind": "N", "value": "a"}}, 1]'],
])('names %s', (_what, inner, name) => {
  expect(named(inner)).toBe(name);
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

class Point { constructor(readonly x: number) {} }
const endless: { again?: unknown } = {};
endless.again = endless;

it.each<[what: string, value: unknown, name: string]>([
  ['a function without a name', (() => () => 0)(), '[function without a name]'],
  ['nothing', null, 'null'],
  ['an object of a class', new Point(3), 'Point {"x": 3}'],
  ['an object without a class', Object.create(null), '{}'],
  ['an object that inherits from one without a class', Object.create(Object.create(null) as object), '{}'],
  ['twelve items', new Array(12).fill(7), `[${new Array(12).fill(7).join(', ')}]`],
  ['what is deep', [[[[[[7]]]]]], '[[[[[[7]]]]]]'],
  ['what is too deep', [[[[[[[7]]]]]]], '[[[[[[…]]]]]]'],
  ['an object that holds itself', endless, '{"again": {"again": {"again": {"again": {"again": {"again": …}}}}}}'],
])('prints %s', (_what, value, name) => {
  expect(named(value)).toBe(name);
});

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
  ['dates of one time', new Date(1), new Date(1), true],
  ['null and an object', null, {}, false],
  ['an object and null', {}, null, false],
  ['nothing and an object', undefined, {}, false],
  ['text and an object', 'a', {}, false],
  ['an object and a number', {}, 1, false],
  ['lists in objects that are called alike', { length: 1 }, { length: 2 }, false],
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
  expect(() => lanes('frames')).toThrow('Not a lane of a diagram: frames');
});

it('reads lanes that end in spaces or have some between their marbles', () => {
  const lane = lanes('some frames  a  9ms  b|  \n');
  expect(lane('some frames')).toBe('a  9ms  b|');
});

it('compares by drawings wherever they come from', () => {
  expect(() => sameDrawing(said('a'), said('a'))).not.toThrow();
  expect(() => sameDrawing(said('a'), said('b'), 'what I heard')).toThrow(/^what I heard is not as drawn\n\nexpected {2}b/u);
});
