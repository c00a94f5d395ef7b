import { readFileSync } from 'node:fs';
import { concat, from, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bytesToInt16 } from '../../src/audio/pcm.js';
import { findSpeaker, speaker, type SpeakerBackend } from '../../src/audio/speaker.js';
import { SpeechError } from '../../src/errors.js';
import { fakeTools, gone } from '../fixtures/fake-tools.js';

/** Keeps what it is given in a file. */
const keep = (path: string): string => `exec cat > '${path}'`;
const loud = (length: number): Int16Array => Int16Array.from({ length }, (_, i) => i + 2);

const play = (options: Parameters<typeof speaker>[0], audio = of(loud(3200))): { counts: number[]; end: Promise<unknown>; stop: () => void } => {
  const counts: number[] = [];
  let ended: (how: unknown) => void = () => undefined;
  const end = new Promise<unknown>((resolve) => (ended = resolve));
  const subscription = speaker(options)(audio).subscribe({ next: (count) => counts.push(count), error: ended, complete: () => ended('complete') });
  return { counts, end, stop: () => subscription.unsubscribe() };
};

const backends: readonly SpeakerBackend[] = ['pacat', 'aplay', 'play', 'ffplay'];

describe.each(backends)('a speaker through %s', (backend) => {
  it('plays everything in order, and completes when it was heard', async () => {
    const tools = await fakeTools();
    await tools.add(backend, keep(tools.path('kept')));
    const { counts, end } = play({ backend }, from([loud(1600), loud(3200)]));
    expect(await end).toBe('complete');
    const kept = bytesToInt16(readFileSync(tools.path('kept')));
    expect([...kept].filter((sample) => Math.abs(sample) > 1)).toEqual([...loud(1600), ...loud(3200)]);
    expect(counts.at(-1)).toBe(4800);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect((await tools.started(backend)).args.join(' ')).toContain('16000');
  });

  it('is kept awake by noise of one step while there is nothing to play', async () => {
    const tools = await fakeTools();
    await tools.add(backend, `head -c 3200 > '${tools.path('kept')}'\necho 'enough noise' >&2\nexit 2`);
    const error = await play({ backend }, NEVER).end;
    expect(error instanceof SpeechError && error.message).toContain('exit code 2): enough noise');
    const kept = bytesToInt16(readFileSync(tools.path('kept')));
    expect(new Set(kept)).toEqual(new Set([-1, 0, 1]));
  });

  it('leaves no process behind when it is silenced', async () => {
    const tools = await fakeTools();
    await tools.add(backend, "trap '' TERM\nexec sleep 100");
    const { stop } = play({ backend }, concat(of(loud(1600)), NEVER));
    const { pid } = await tools.started(backend);
    stop();
    await gone(pid);
  });

  it('says that there is none when the program does not start', async () => {
    const tools = await fakeTools();
    await tools.addBroken(backend);
    expect(await play({ backend }).end).toMatchObject({ kind: 'device', code: 'no-speaker' });
  });

  it('says that it is lost when the program ends while it plays', async () => {
    const tools = await fakeTools();
    await tools.add(backend, 'sleep 0.7\nexit 1');
    expect(await play({ backend }, NEVER).end).toMatchObject({ kind: 'device', code: 'device-lost' });
  });
});

describe.runIf(process.platform === 'linux')('looking for a speaker', () => {
  it('finds none without a program, and says what to install', async () => {
    await fakeTools();
    expect(findSpeaker()).toMatchObject({ missing: expect.stringContaining('alsa-utils') as string });
    expect(await play({}).end).toMatchObject({ kind: 'device', code: 'no-speaker' });
  });

  it('prefers the sound server', async () => {
    const tools = await fakeTools();
    for (const backend of ['ffplay', 'play', 'aplay', 'pacat'] as const) {
      await tools.add(backend, '');
      expect(findSpeaker()).toEqual({ backend });
    }
  });

  it('takes the one that was asked for, or none', async () => {
    const tools = await fakeTools();
    await tools.add('aplay', '');
    expect(findSpeaker({ backend: 'aplay' })).toEqual({ backend: 'aplay' });
    expect(findSpeaker({ backend: 'pacat' })).toHaveProperty('missing');
  });
});
