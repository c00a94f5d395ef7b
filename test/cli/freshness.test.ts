// In virtual time: how old what a dashboard shows may become, whatever else goes on. What it takes on a real machine is measured by `npm run bench`.
import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Dashboard } from '../../cli/dashboards/open-dashboard.js';
import type { Io } from '../../cli/io.js';
import type { Place } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { fakeIo } from '../fixtures/io.js';

// Ink draws nothing where it takes the machine for one without people, and looks when it is loaded.
vi.hoisted(() => Object.assign(process.env, { CI: 'false', CONTINUOUS_INTEGRATION: 'false' }));
const { openDashboard } = await import('../../cli/dashboards/open-dashboard.js');

/** ms after an event within which a picture has it. */
const FRESH = 200;
/** Virtual ms between two looks. */
const STEP = 5;
const realSoon = setImmediate;

beforeEach(() => void vi.useFakeTimers({ now: 1_750_000_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A dashboard on a terminal of its own. */
class OnScreen {
  columns = 100;
  rows = 30;
  #written = '';
  readonly #stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined, ref: () => undefined, unref: () => undefined });
  readonly #stdout: Io['stdout'];
  readonly dashboard: Dashboard;

  constructor(place: Place) {
    const stdout = new Writable({ decodeStrings: false, write: (text: string, _encoding, done) => { this.#written += text; done(); } });
    this.#stdout = Object.defineProperties(stdout, { isTTY: { value: true }, columns: { get: () => this.columns }, rows: { get: () => this.rows } });
    this.dashboard = openDashboard(place, { io: { ...fakeIo().io, stdin: this.#stdin, stdout: this.#stdout }, colour: 'always', controls: {} });
  }

  press(keys: string): void {
    this.#stdin.write(keys);
  }

  resize(columns: number, rows: number): void {
    [this.columns, this.rows] = [columns, rows];
    this.#stdout.emit('resize');
  }

  /** What was written since the last look. */
  look(): string {
    const written = stripVTControlCharacters(this.#written);
    this.#written = '';
    return written;
  }
}

/** Lets so much virtual time pass; React draws, and keys come, in real turns of the event loop. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP) {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => realSoon(resolve));
    vi.advanceTimersByTime(STEP);
  }
  await new Promise((resolve) => realSoon(resolve));
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

/** What goes on beside the events, at each step; gives whether pictures are held still. */
type Meanwhile = (screen: OnScreen, step: number) => void;
const sizes = [[50, 10], [80, 24], [100, 30], [61, 16]] as const;
const meanwhiles: Readonly<Record<string, Meanwhile>> = {
  'nothing else happens': () => undefined,
  'levels come in a flood': (screen, step) => { for (let n = 0; n < 20; n += 1) levels(step * 20 + n).forEach(screen.dashboard.show); },
  'the log grows in a flood': (screen, step) => { for (let n = 0; n < 20; n += 1) screen.dashboard.log(`line ${step} ${n}`); },
  'the terminal changes its size': (screen, step) => { if (step % 40 === 0) screen.resize(...sizes[(step / 40) % sizes.length]!); },
  'it changes in every step, as when its edge is drawn': (screen, step) => screen.resize(70 + (step % 50), 20 + (step % 20)),
  'the list of keys and the log are opened and closed': (screen, step) => { if (step % 30 === 0) screen.press(step % 60 === 0 ? '?' : 'l'); },
  'something is typed': (screen, step) => { if (step % 4 === 0) screen.press(step === 0 ? '/' : 'a'); },
};

describe.each(['server', 'client'] as const)('the dashboard of a %s', (place) => {
  it.each(Object.keys(meanwhiles))(`is never more than ${FRESH} ms behind while %s`, async (name) => {
    const screen = new OnScreen(place);
    try {
      begun(place).forEach(screen.dashboard.show);
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
    } finally {
      screen.dashboard.close();
    }
  });

  it.each([[100, 30], [80, 24], [50, 10], [46, 8]])('says on %s × %s that it is held still while it is, and not after', async (columns, rows) => {
    const screen = new OnScreen(place);
    try {
      screen.resize(columns, rows);
      begun(place).forEach(screen.dashboard.show);
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
    } finally {
      screen.dashboard.close();
    }
  });

  it('goes on saying that it is held still while something is typed', async () => {
    const screen = new OnScreen(place);
    try {
      begun(place).forEach(screen.dashboard.show);
      screen.press('p');
      await pass(FRESH);
      screen.press(place === 'server' ? '/' : '?');
      await pass(FRESH);
      screen.resize(99, 29);
      await pass(FRESH);
      expect(screen.look()).toContain('PAUSED');
    } finally {
      screen.dashboard.close();
    }
  });

  it('counts on while nothing happens: what lasts is never shown as younger than it was so long ago', async () => {
    const screen = new OnScreen(place);
    try {
      begun(place).forEach(screen.dashboard.show);
      const since = Date.now();
      screen.dashboard.show(closed(0));
      let age = 0;
      for (let step = 0; step < 400; step += 1) {
        await pass(STEP);
        for (const [, seconds] of screen.look().matchAll(/not listening for (\d+\.\d) s/g)) age = 1_000 * Number(seconds);
        // A tenth of a second is what is shown of it.
        expect(Date.now() - since - age).toBeLessThanOrEqual(FRESH + 100);
      }
    } finally {
      screen.dashboard.close();
    }
  });
});
