// In virtual time: how old what a dashboard shows may become, whatever else goes on. What it takes on a real machine is measured by `npm run bench`.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Place } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { openDashboard, pass, STEP, virtualTerminal } from '../fixtures/virtual-terminal.js';

/** ms after an event within which a picture has it. */
const FRESH = 200;

beforeEach(() => void vi.useFakeTimers({ now: 1_750_000_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A dashboard on a terminal of its own, which is closed when the test is over. */
function onScreen(place: Place, size?: readonly [number, number]) {
  const terminal = virtualTerminal(size);
  const dashboard = openDashboard(place, { io: terminal.io, colour: 'always', controls: {}, now: Date.now });
  onTestFinished(() => dashboard.close());
  begun(place).forEach(dashboard.show);
  return { ...terminal, dashboard };
}

/** The gate has closed for the nth time; the line of the state says so. */
const closed = (n: number): AppEvent => ({ type: 'gate', session: 1, open: false, reason: `w${n}.`, at: Date.now() });
const levels = (n: number): AppEvent[] => [
  { type: 'levels', session: 1, mic: { rms: -60 + ((n * 7) % 60), peak: 0, speech: (n % 10) / 10 }, at: Date.now() },
  { type: 'levels', mic: { rms: -60 + ((n * 7) % 60), peak: 0 }, at: Date.now() },
];
const begun = (place: Place): AppEvent[] => [
  ...(place === 'server' ? [{ type: 'serving', recv: { host: '127.0.0.1', port: 1 }, send: { host: '127.0.0.1', port: 2 }, at: Date.now() } as const] : []),
  { type: 'connected', local: '127.0.0.1:52108', at: Date.now() },
  { type: 'connected', session: 1, peer: '127.0.0.1:52108', paired: true, at: Date.now() },
];

/** What goes on beside the events, at each step. */
type Meanwhile = (screen: ReturnType<typeof onScreen>, step: number) => void;
const sizes: readonly (readonly [number, number])[] = [[50, 10], [80, 24], [100, 30], [61, 16]];
const meanwhiles: Readonly<Record<string, Meanwhile>> = {
  'nothing else happens': () => undefined,
  'levels come in a flood': (screen, step) => { for (let n = 0; n < 20; n += 1) levels(step * 20 + n).forEach(screen.dashboard.show); },
  'the log grows in a flood': (screen, step) => { for (let n = 0; n < 20; n += 1) screen.dashboard.log(`line ${step} ${n}`); },
  'the terminal changes its size': (screen, step) => { if (step % 40 === 0) screen.resize(...sizes[(step / 40) % sizes.length]!); },
  'it changes in every step, as when its edge is drawn': (screen, step) => screen.resize(70 + (step % 50), 20 + (step % 20)),
  'the list of keys and the log are opened and closed': (screen, step) => { if (step % 30 === 0) screen.press(step % 60 === 0 ? '?' : 'l'); },
  'something is typed': (screen, step) => { if (step % 4 === 0) screen.press(step === 0 ? '/' : 'a'); },
};

describe.each(['server', 'client'] as const)('the dashboard of a %s', { timeout: 60_000 }, (place) => {
  it.each(Object.keys(meanwhiles))(`is never more than ${FRESH} ms behind while %s`, async (name) => {
    const screen = onScreen(place);
    const told: number[] = [];
    let shown = -1;
    let worst = 0;
    for (let step = 0; step < 800; step += 1) {
      // At uneven times, at most one a step.
      if ((step * 7_919) % 13 < 2) {
        screen.dashboard.show(closed(told.length));
        told.push(Date.now());
      }
      meanwhiles[name]!(screen, step);
      await pass(STEP);
      for (const [, n] of screen.look().matchAll(/\bw(\d+)\./g)) shown = Number(n);
      const missed = told[shown + 1];
      worst = Math.max(worst, missed === undefined ? 0 : Date.now() - missed);
      expect(worst, `at step ${step}`).toBeLessThanOrEqual(FRESH);
    }
    expect(shown, 'most of them were seen').toBeGreaterThan(told.length / 2);
  });

  it.each([[100, 30], [80, 24], [50, 10], [46, 8]])('says on %s × %s that it is held still while it is, and not after', async (columns, rows) => {
    const screen = onScreen(place, [columns, rows]);
    screen.dashboard.show(closed(0));
    await pass(FRESH);
    screen.look();
    screen.press('p');
    await pass(FRESH);
    expect(screen.look()).toContain('PAUSED');
    screen.dashboard.show(closed(1));
    await pass(FRESH);
    expect(screen.look()).not.toContain('w1.');
    screen.press('p');
    await pass(FRESH);
    const after = screen.look();
    expect(after).toContain('w1.');
    expect(after).not.toContain('PAUSED');
  });

  it('goes on saying that it is held still while something is typed', async () => {
    const screen = onScreen(place);
    screen.press('p');
    await pass(FRESH);
    screen.press(place === 'server' ? '/' : '?');
    await pass(FRESH);
    screen.resize(99, 29);
    await pass(FRESH);
    expect(screen.look()).toContain('PAUSED');
  });

  it('counts on while nothing happens: what lasts is never shown as younger than it was so long ago', async () => {
    const screen = onScreen(place);
    const since = Date.now();
    screen.dashboard.show(closed(0));
    let age = 0;
    for (let step = 0; step < 400; step += 1) {
      await pass(STEP);
      for (const [, seconds] of screen.look().matchAll(/not listening for (\d+\.\d) s/g)) age = 1_000 * Number(seconds);
      // A tenth of a second is what is shown of it.
      expect(Date.now() - since - age).toBeLessThanOrEqual(FRESH + 100);
    }
  });
});
