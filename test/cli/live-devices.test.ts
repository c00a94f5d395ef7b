import { describe, expect, it } from 'vitest';
import { liveDevices } from '../../cli/commands/live-devices.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import type { AudioDevice } from '../../src/audio/list-devices.js';
import type { DeviceOptions } from '../../src/audio/systems.js';
import { loadSettings } from '../../src/config/load.js';

const device = (system: AudioDevice['system'], kind: AudioDevice['kind'], name: string): AudioDevice => ({ system, kind, name, description: name, preset: false });
const all = [
  device('pulse', 'microphone', 'desk'), device('pulse', 'microphone', 'headset'), device('pulse', 'speaker', 'wall'),
  device('alsa', 'microphone', 'default'), device('alsa', 'speaker', 'hw:0'), device('alsa', 'speaker', 'hw:1'),
];

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function devices(...words: string[]) {
  let here = all;
  const live = liveDevices(loadSettings('listen-and-play', words, {}, () => '').settings, () => Promise.resolve(here));
  const opened: Record<'input' | 'output', DeviceOptions[]> = { input: [], output: [] };
  const error = (thrown: unknown): never => { throw thrown; };
  live.input.subscribe({ next: (options) => opened.input.push(options), error });
  live.output.subscribe({ next: (options) => opened.output.push(options), error });
  const events: AppEvent[] = [];
  live.news.subscribe({ next: (event) => events.push(event), error });
  await settle();
  const plugged = async (now: AudioDevice[]): Promise<void> => {
    here = now;
    live.refresh();
    await settle();
  };
  return { ...live, plugged, opened, events, rows: () => events.flatMap((event) => (event.type === 'settings' ? [event.settings] : [])).at(-1) };
}

describe('devices that can be chosen', () => {
  it('are those of the way that sound takes, where there are two of a kind, and are opened when they are chosen', async () => {
    const { rows, opened, choose, events } = await devices();
    expect(rows()).toEqual([{ name: 'input_device', origin: 'default', value: 'default', choices: ['default', 'desk', 'headset'] }]);
    expect(choose('input_device', 'headset')).toBe(true);
    expect(choose('input_device', 'default')).toBe(true);
    expect(opened).toEqual({ input: [{ system: 'auto' }, { system: 'pulse', device: 'headset' }, { system: 'auto' }], output: [{ system: 'auto' }] });
    expect(rows()).toEqual([expect.objectContaining({ value: 'default' })]);
    expect(events.flatMap((event) => (event.type === 'notice' ? [event.message] : []))).toEqual(['The microphone is headset now.', 'The microphone is the default one now.']);
  });

  it('begin with the one that was named, and with the way that was', async () => {
    const { rows, opened, choose } = await devices('--audio', 'alsa', '--output_device', 'hw:1');
    expect(rows()).toEqual([{ name: 'output_device', origin: 'hw:1', value: 'hw:1', choices: ['default', 'hw:1', 'hw:0'] }]);
    choose('output_device', 'default');
    expect(opened.output).toEqual([{ system: 'alsa', device: 'hw:1' }, { system: 'alsa' }]);
  });

  it('are none where a recording speaks, or a tone does', async () => {
    expect((await devices('--mic', 'question.wav')).rows()).toBeUndefined();
    expect((await devices('--audio', 'tone')).rows()).toBeUndefined();
  });

  it('leave alone what is none of theirs', async () => {
    const { choose, opened } = await devices();
    expect([choose('thresh', '0.7'), choose('output_device', 'wall'), choose('input_device', 'nowhere')]).toEqual([false, false, true]);
    expect(opened.input).toHaveLength(1);
  });

  it('are listed again, and what was chosen stays so though it is unplugged', async () => {
    const { rows, choose, plugged, opened } = await devices();
    await plugged([...all, device('pulse', 'microphone', 'webcam')]);
    expect(rows()?.[0]?.choices).toEqual(['default', 'desk', 'headset', 'webcam']);
    choose('input_device', 'webcam');
    await plugged(all.filter(({ name }) => name !== 'headset'));
    expect(rows()).toEqual([{ name: 'input_device', origin: 'default', value: 'webcam', choices: ['default', 'desk', 'webcam'] }]);
    expect(opened.input.at(-1)).toEqual({ system: 'pulse', device: 'webcam' });
    expect(opened.input).toHaveLength(2);
  });
});
