import { asyncScheduler, EMPTY } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { newPlayer, type Span, type Steering } from '../../cli/commands/player.js';
import type { ToldEvent } from '../../src/event-schema.js';
import { at } from './frames.js';

const notice = (ms: number): ToldEvent => ({ type: 'notice', message: `${ms}`, at: at(ms) });
const recorded = [0, 100, 1_000, 4_000, 10_000].map(notice);
const orders: Readonly<Record<string, Steering>> = {
  p: { type: 'pause' }, b: { type: 'seek', by: -5_000 }, f: { type: 'seek', by: 5_000 }, t: { type: 'speed', times: 2 }, h: { type: 'speed', times: 0.5 },
};

interface How { readonly events?: readonly ToldEvent[]; readonly span?: Span; readonly speed?: number; /** ms at which its clock is looked at */ readonly looks?: readonly number[] }

/** What is told at which ms, of a player that is steered by a marble diagram. */
function played(keys: string, { events = recorded, span = { from: -Infinity, until: Infinity }, speed = 1, looks = [] }: How = {}) {
  const told: string[] = [];
  const seen: number[] = [];
  let completed = false;
  new TestScheduler(() => undefined).run(({ cold }) => {
    const player = newPlayer('name', events, span, speed);
    player.play(keys === '' ? EMPTY : cold(keys, orders)).subscribe({
      next: (event) => told.push(`${asyncScheduler.now()} ${event.type === 'replay' ? `${event.state}${event.past === undefined ? '' : ` after ${event.past.length}`}` : (event as { message: string }).message}`),
      error: (thrown: unknown) => { throw thrown; },
      complete: () => (completed = true),
    });
    for (const look of looks) asyncScheduler.schedule(() => seen.push(player.now() - at(0)), look);
  });
  return { told, seen, completed };
}

describe('a recording that is shown again', () => {
  it('takes the pauses that there were, and says when it is over', () => {
    const { told, completed } = played('');
    expect(told).toEqual(['0 playing after 0', '0 0', '100 100', '1000 1000', '4000 4000', '10000 10000', '10000 over']);
    expect(completed).toBe(true);
  });

  it('goes on being there when it is over, as long as it can be steered', () => {
    expect(played('--').completed).toBe(false);
  });

  it('has a clock that goes as much faster, and stands still where it pauses and at the end', () => {
    const { told, seen } = played('2s p 2999ms p 499ms t', { looks: [1_500, 2_000, 4_500, 5_250, 6_500, 60_000] });
    expect(told).toEqual(['0 playing after 0', '0 0', '100 100', '1000 1000', '2000 paused', '5000 playing', '5500 playing', '6250 4000', '9250 10000', '9250 over']);
    expect(seen).toEqual([1_500, 2_000, 2_000, 2_250, 4_500, 10_000]);
  });

  it('waits longer where it is slower', () => {
    expect(played('', { speed: 0.5 }).told.at(-1)).toBe('20000 over');
    expect(played('h--').told.at(-1)).toBe('20000 over');
  });

  it('jumps back and on with all that had happened by then, and no further than there is something', () => {
    expect(played('4500ms b').told.slice(-6)).toEqual(['4500 0', '4600 100', '5500 1000', '8500 4000', '14500 10000', '14500 over']);
    expect(played('500ms f').told.slice(3)).toEqual(['500 playing after 4', '5000 10000', '5000 over']);
    expect(played('8s f').told.slice(-3)).toEqual(['8000 playing after 4', '8000 10000', '8000 over']);
  });

  it('jumps while it is paused, and stays there', () => {
    const { told, seen } = played('2s p f', { looks: [60_000] });
    expect(told.slice(-2)).toEqual(['2000 paused', '2001 paused after 4']);
    expect(seen).toEqual([7_000]);
  });

  it('goes on from five seconds before its end, or once more from its beginning', () => {
    expect(played('11s b').told.slice(-3)).toEqual(['11000 playing after 4', '16000 10000', '16000 over']);
    expect(played('11s p').told.slice(6, 9)).toEqual(['10000 over', '11000 playing after 0', '11000 0']);
  });

  it('shows a part of it, and can be gone back in before that', () => {
    const span = { from: at(1_000), until: at(4_500) };
    expect(played('', { span }).told).toEqual(['0 playing after 2', '0 1000', '3000 4000', '3000 over']);
    expect(played('1s b', { span }).told.slice(2, 5)).toEqual(['1000 playing after 0', '1000 0', '1100 100']);
  });

  it('does not wait where it is to be as fast as can be, and can be gone back in then', () => {
    const { told } = played('1s b', { speed: Infinity });
    expect(told.slice(0, 8)).toEqual(['0 playing after 0', '0 0', '0 100', '0 1000', '0 4000', '0 10000', '0 over', '1000 playing after 4']);
    expect(told.at(-1)).toBe('6000 over');
  });

  it('does not wait for a clock that was set back, nor for what has no time', () => {
    const events = [{ ...notice(0), at: 0 }, notice(100), notice(-60_000), notice(200)];
    expect(played('', { events }).told).toEqual(['0 playing after 0', '0 0', '0 100', '0 -60000', '100 200', '100 over']);
  });
});
