// A screen cuts, wraps and joins words: what is secret has to be gone before.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { z } from 'zod';
import type { Place } from '../../cli/keys.js';
import { openScreen } from '../../cli/screen.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { eventSchemas } from '../../src/event-schema.js';
import { pass, virtualTerminal } from '../fixtures/virtual-terminal.js';

/** Without a word in it, so that no part of it can be on a screen by chance. */
const KEY = 'Zq7xW4+/"vK9"pL2mN8r==';
/** Letters of it in a row that give it away. */
const GIVEAWAY = 5;
const parts = [KEY, encodeURIComponent(KEY)].flatMap((form) => Array.from({ length: form.length - GIVEAWAY + 1 }, (_, at) => form.slice(at, at + GIVEAWAY)));
/** Longer than any line is wide, with the key at every place where it could be cut or wrapped. */
const everywhere = Array.from({ length: 40 }, (_, n) => `${'.'.repeat(n % 17)} ${KEY}`).join(' ');

beforeEach(() => void vi.useFakeTimers({ now: 1_750_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const sizes = [[100, 30], [80, 24], [62, 16], [50, 10]] as const;

async function onScreen(place: Place, size: readonly [number, number]) {
  const terminal = virtualTerminal(size);
  terminal.io.keepSecret(KEY);
  const screen = await openScreen({ ui: 'tui', logLevel: 'debug', logFile: undefined, logTranscripts: true }, terminal.io, { place, controls: { stop: () => undefined, ask: () => undefined } });
  onTestFinished(() => screen.close());
  let all = '';
  return {
    ...terminal,
    show: (event: AppEvent) => screen.show(event),
    /** Draws what there is with nothing, the keys and the log over it; gives all that was written. */
    drawn: async (): Promise<string> => {
      for (const key of ['?', '?', 'l', 'l']) {
        await pass(100);
        terminal.press(key);
      }
      await pass(100);
      return all += terminal.look();
    },
  };
}

function expectNoKey(written: string): void {
  for (const part of parts) expect(written).not.toContain(part);
}

/** A value of what a schema allows, with this text wherever there is text. */
function sample(schema: z.core.$ZodType, text: string): unknown {
  const { def } = (schema as z.ZodType)._zod as unknown as { def: { type: string; [key: string]: unknown } };
  switch (def.type) {
    case 'object':
      return Object.fromEntries(Object.entries(def['shape'] as Record<string, z.ZodType>).map(([name, one]) => [name, sample(one, text)]));
    case 'array':
      return [sample(def['element'] as z.ZodType, text)];
    case 'union':
      return sample((def['options'] as z.ZodType[])[0]!, text);
    case 'record':
      return { thresh: sample(def['valueType'] as z.ZodType, text) };
    case 'enum':
      return Object.values(def['entries'] as object)[0];
    case 'literal':
      return (def['values'] as unknown[])[0];
    case 'string':
      return text;
    case 'boolean':
      return true;
    case 'number':
      return 1;
    case 'optional': case 'readonly': case 'default':
      return sample(def['innerType'] as z.ZodType, text);
    default:
      throw new Error(`no sample of ${def.type}`);
  }
}

/** Of each type, and each kind of it, one event. */
const samples = (text: string): AppEvent[] => Object.values(eventSchemas).flatMap((schema) => ('options' in schema ? schema.options : [schema]).map((one) => ({ ...(sample(one, text) as AppEvent), at: Date.now() })));

const begun: readonly AppEvent[] = [
  { type: 'connected', local: '127.0.0.1:52108', at: 0 },
  { type: 'connected', session: 1, peer: '127.0.0.1:52108', paired: true, at: 0 },
];

describe.each(['server', 'client'] as const)('a key on the screen of a %s', { timeout: 60_000 }, (place) => {
  it.each(sizes)('is not shown on %s × %s, whatever event has it', async (...size) => {
    const screen = await onScreen(place, size);
    for (const event of [...samples(KEY), ...samples(everywhere)]) {
      screen.show(event);
      await pass(100);
    }
    const written = await screen.drawn();
    expect(written).toContain('[secret]');
    expectNoKey(written);
  });

  it('is not shown where a library writes it, wherever the terminal cuts the line', async () => {
    const screen = await onScreen(place, [100, 30]);
    screen.press('l');
    for (let before = 60; before < 100; before += 1) {
      process.stderr.write(`${'.'.repeat(before)}${KEY.slice(0, 9)}`);
      process.stderr.write(`${KEY.slice(9)}\n`);
      console.error(`${'.'.repeat(before)}${KEY}`);
      await pass(100);
    }
    const written = await screen.drawn();
    expect(written).toContain('....[secret]');
    expectNoKey(written);
  });

  it('is not shown where two pieces of an answer have a part each', async () => {
    const screen = await onScreen(place, [100, 30]);
    begun.forEach(screen.show);
    for (let at = 1; at < KEY.length; at += 1) {
      const turn = { session: 1, turn: at, at: Date.now() } as const;
      screen.show({ type: 'transcript', text: 'My key?', final: true, ...turn });
      screen.show({ type: 'reply.text', piece: 0, text: `It is ${KEY.slice(0, at)}`, ...turn });
      await pass(100);
      screen.show({ type: 'reply.text', piece: 1, text: `${KEY.slice(at)} I think.`, ...turn });
      await pass(100);
      screen.show({ type: 'cancelled', reason: 'asked', ...turn });
    }
    const written = await screen.drawn();
    expect(written).toContain('I think.');
    expectNoKey(written);
  });

  it('is not shown as a part of an address', async () => {
    const screen = await onScreen(place, [80, 24]);
    begun.forEach(screen.show);
    screen.show({ type: 'failed', session: 1, turn: 1, stage: 'llm', kind: 'stage', code: 'llm-unreachable', message: `http://me:${encodeURIComponent(KEY)}@127.0.0.1/v1?api_key=${KEY} cannot be reached.`, at: Date.now() });
    const written = await screen.drawn();
    expect(written).toContain('127.0.0.1/v1');
    expectNoKey(written);
  });
});
