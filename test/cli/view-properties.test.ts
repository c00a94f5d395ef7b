import fc from 'fast-check';
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { ClientDashboard } from '../../cli/dashboards/ClientDashboard.js';
import { newShown, show, type Input } from '../../cli/dashboards/screen-state.js';
import { ServerDashboard } from '../../cli/dashboards/ServerDashboard.js';
import { effectOf, keys, keysFor, type Controls } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { newClientView, noteClient, tickClient } from '../../cli/views/client-view.js';
import { newServerView, noteServer, tickServer } from '../../cli/views/server-view.js';
import { at, clientStates, states } from './frames.js';

const nothing = () => undefined;
const controls: Controls = { quit: nothing, suspend: nothing, redraw: nothing, mute: nothing, stop: nothing, ask: nothing, reconnect: nothing, change: nothing, pause: nothing, seek: nothing, speed: nothing };
const all: readonly AppEvent[] = [...new Set([...Object.values(states), ...Object.values(clientStates)].flat())];
const size = { columns: 100, rows: 30 };

/** Events of the real ones in any order, with their words and numbers changed. */
const anyEvent = fc.tuple(fc.constantFrom(...all), fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(3), fc.integer({ min: -1e6, max: 1e6 })).map(([event, text, number, ms]): AppEvent => ({
  ...event, at: event.at + ms,
  ...('text' in event && { text: `\u001b[2J${text}` }), ...('message' in event && { message: `\u001b]0;${text}\u0007` }), ...('reason' in event && event.type !== 'cancelled' && event.type !== 'speech.stopped' && { reason: text }),
  ...('session' in event && { session: number }), ...('turn' in event && { turn: number }),
}) as AppEvent);
const anyKey = fc.oneof(fc.constantFrom(...keys.flatMap((key) => key.keys), 'escape', 'return', 'backspace'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
const anything = fc.array(fc.oneof({ weight: 4, arbitrary: anyEvent }, { weight: 1, arbitrary: anyKey }), { maxLength: 40 });

describe('a screen', () => {
  it('is drawn after any events and keys in any order, without an escape sequence, a bell or a line from outside', () => {
    fc.assert(fc.property(anything, (inputs) => {
      for (const place of ['server', 'client'] as const) {
        let [server, client] = [newShown(newServerView(at(0)), size), newShown(newClientView(at(0), 0.6), size)];
        const put = (input: Input): void => {
          server = show(server, input, { note: noteServer, tick: tickServer });
          client = show(client, input, { note: noteClient, tick: tickClient });
        };
        for (const input of inputs) {
          if (typeof input !== 'string') put({ type: 'event', event: input });
          else {
            const { act } = effectOf(input, server.ui, place, controls, undefined);
            if (act !== undefined) put({ type: 'act', action: act });
          }
        }
        put({ type: 'tick', at: at(60_000) });
        const frame = renderToString(place === 'server' ? createElement(ServerDashboard, { ...server, controls }) : createElement(ClientDashboard, { ...client, controls }), { columns: 100 });
        expect(frame.replaceAll(/\u001b\[[\d;]*m/gu, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
        expect(frame.split('\n').length).toBeLessThan(30);
      }
    }), { numRuns: 60 });
  });

  it('is not drawn anew where nothing has changed', () => {
    const shown = newShown(tickServer(states.answered.reduce(noteServer, newServerView(at(0))), at(13_000)), size);
    const reducer = { note: noteServer, tick: tickServer };
    const level: AppEvent = { type: 'levels', session: 1, mic: { rms: -57.6, peak: -50, speech: 0.02 }, at: at(12_500) };
    const settled = Array.from({ length: 64 }, () => level).reduce((before, event) => show(before, { type: 'event', event }, reducer), shown);
    expect(show(settled, { type: 'event', event: level }, reducer)).toBe(settled);
    expect(show(settled, { type: 'event', event: { type: 'unknown-to-this-program', at: at(1) } as never }, reducer)).toBe(settled);
    expect(show(settled, { type: 'tick', at: at(12_510) }, reducer)).toEqual(settled);
  });

  it('holds its picture while it is paused, and is up to date after', () => {
    const reducer = { note: noteServer, tick: tickServer };
    const before = newShown(states.listening.reduce(noteServer, newServerView(at(0))), size);
    const paused = show(before, { type: 'act', action: { type: 'pause' } }, reducer);
    const later = states.hearing.reduce((shown, event) => show(shown, { type: 'event', event }, reducer), paused);
    expect(later.held).toBe(before.view);
    const goesOn = show(later, { type: 'act', action: { type: 'pause' } }, reducer);
    expect(goesOn.held).toBeUndefined();
    expect(goesOn.view.conversations[0]?.hearing).toBeDefined();
  });

  it('forgets what is long past', () => {
    const said = Array.from({ length: 1_000 }, (_, turn): AppEvent => ({ type: 'transcript', session: 1, turn, text: `${turn}`, final: true, at: at(turn) }));
    const failed = Array.from({ length: 1_000 }, (_, turn): AppEvent => ({ type: 'warning', code: `${turn}`, message: `${turn}`, at: at(turn) }));
    const view = [...said, ...failed].reduce(noteServer, newServerView(at(0)));
    expect(view.conversations[0]?.lines.length).toBeLessThanOrEqual(200);
    expect(view.cautions.length).toBeLessThanOrEqual(50);
  });
});

describe('a key', () => {
  it('means one thing in one place', () => {
    const { stop: _, ...others } = controls;
    for (const can of [controls, { ...others, talk: nothing }]) {
      for (const place of ['server', 'client', 'replay'] as const) {
        const names = keysFor(place, can).flatMap((key) => key.keys);
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  it('is a letter while somebody types', () => {
    const asked: string[] = [];
    let shown = newShown(newServerView(at(0)), size);
    for (const key of ['t', 'q', 'space', 'é', '1', 'x', 'backspace', 'return']) {
      const { act, run } = effectOf(key, shown.ui, 'server', { ...controls, ask: (text) => asked.push(text) }, undefined);
      if (act !== undefined) shown = show(shown, { type: 'act', action: act }, { note: noteServer, tick: tickServer });
      run?.();
    }
    expect(asked).toEqual(['q é1']);
    expect(shown.ui.entry).toBeUndefined();
  });

  it('does nothing where it cannot', () => {
    const { mute: _, ...few } = controls;
    expect(effectOf('m', newShown(newServerView(0), size).ui, 'server', few, undefined)).toEqual({});
  });
});
