import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { checkDevices, checkMicrophone, checkSpeaker } from '../../../cli/doctor/audio.js';
import type { Check, Finding } from '../../../cli/doctor/finding.js';
import { bytesToInt16, int16ToBytes } from '../../../src/audio/pcm.js';
import { all } from '../../fixtures/all.js';
import { fakeTools, gone } from '../../fixtures/fake-tools.js';

const examined = async (check: Check): Promise<Finding[]> => (await all(check)).filter((news) => news.type === 'finding');

/** A microphone that hears this, and then nothing more. */
async function hearing(audio: Int16Array) {
  const tools = await fakeTools();
  await writeFile(tools.path('heard'), int16ToBytes(audio));
  await tools.add('parec', `cat '${tools.path('heard')}'\nexec sleep 100`);
  return tools;
}

const loud = (amplitude: number): Int16Array => Int16Array.from({ length: 40_000 }, (_, n) => Math.round(amplitude * Math.sin(n / 6)));

describe('the check of the microphone', () => {
  it('tells which program records, and how loud it is over two seconds', async () => {
    await hearing(loud(3_277));
    const [found, level] = await examined(checkMicrophone({ needed: true }));
    expect(found).toMatchObject({ id: 'microphone.found', verdict: 'good', facts: { backend: 'parec' } });
    expect(level).toMatchObject({ id: 'microphone.level', verdict: 'good', facts: { peak: -20, rms: -23, seconds: 2 } });
    expect(level?.text).toContain('peak −20');
  });

  it.each([
    ['digital silence', new Int16Array(40_000), /muted\?$/],
    ['clipping', loud(40_000).map((sample) => Math.max(-32_768, Math.min(32_767, sample))), /clipping/],
    ['a whisper far away', loud(16), /very quiet/],
  ])('is cautious of %s', async (_, audio, text) => {
    await hearing(audio);
    expect((await examined(checkMicrophone({ needed: true })))[1]).toMatchObject({ id: 'microphone.level', verdict: 'caution', text: expect.stringMatching(text) as string });
  });

  it('calls one bad that runs and gives no sound, and leaves no process behind', async () => {
    const tools = await fakeTools();
    await tools.add('parec', 'exec sleep 100');
    expect((await examined(checkMicrophone({ needed: false, patience: 300 })))[1]).toMatchObject({ verdict: 'bad', exit: 4, text: 'parec runs and gives no sound within 0.3 s.' });
    await gone((await tools.started('parec')).pid);
  });

  it('measures what came where that is less than two seconds', async () => {
    await hearing(loud(3_277).subarray(0, 8_000));
    expect((await examined(checkMicrophone({ needed: true, patience: 1_000 })))[1]).toMatchObject({ verdict: 'good', facts: { seconds: 0.5 } });
  });

  it('calls one bad that cannot be opened, and says what its program said', async () => {
    const tools = await fakeTools();
    await tools.add('parec', 'echo "Connection refused" >&2; exit 1');
    expect((await examined(checkMicrophone({ needed: false })))[1]).toMatchObject({ verdict: 'bad', exit: 4, text: expect.stringContaining('Connection refused') as string, facts: { code: 'no-microphone' } });
  });

  it.runIf(process.platform === 'linux').each([[true, 'bad', 4], [false, 'caution', undefined]])('where there is none and needed is %s is %s', async (needed, verdict, exit) => {
    await fakeTools({});
    const findings = await examined(checkMicrophone({ needed }));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ id: 'microphone.found', verdict, advice: expect.stringContaining('Install') as string });
    expect(findings[0]?.exit).toBe(exit);
  });
});

describe('the check of the devices', () => {
  const devices = [
    { system: 'pulse', kind: 'microphone', name: 'usb', description: 'USB headset', preset: true },
    { system: 'alsa', kind: 'microphone', name: 'plughw:1,0', description: 'Webcam', preset: false },
    { system: 'pulse', kind: 'speaker', name: 'hdmi', description: 'Monitor', preset: false },
  ] as const;

  it('lists those that there are, and which are taken', async () => {
    const [found] = await examined(checkDevices({}, () => Promise.resolve(devices)));
    expect(found).toMatchObject({ id: 'audio.devices', verdict: 'good', facts: { microphones: ['usb', 'plughw:1,0'], speakers: ['hdmi'] } });
    expect(found?.text).toBe('Microphones: * USB headset (usb), Webcam (plughw:1,0). Speakers: Monitor (hdmi). * is taken where none is named.');
  });

  it('keeps to the way that is asked for', async () => {
    const [found] = await examined(checkDevices({ system: 'alsa' }, () => Promise.resolve(devices)));
    expect(found?.text).toBe('Microphones: Webcam (plughw:1,0). Speakers: none. * is taken where none is named.');
  });

  it('is cautious where nothing lists any', async () => {
    expect(await examined(checkDevices({}, () => Promise.resolve([])))).toMatchObject([{ id: 'audio.devices', verdict: 'caution' }]);
  });

  it('records from the device that is asked for, by the way that is asked for', async () => {
    const tools = await hearing(loud(3_277));
    await tools.add('arecord', `echo "$@" > '${tools.path('asked')}'\ncat '${tools.path('heard')}'\nexec sleep 100`);
    const [found] = await examined(checkMicrophone({ needed: true, wanted: { system: 'alsa', device: 'plughw:1,0' } }));
    expect(found).toMatchObject({ verdict: 'good', text: 'The microphone plughw:1,0 is recorded with arecord.' });
    expect(await readFile(tools.path('asked'), 'utf8')).toContain('plughw:1,0');
  });
});

describe('the check of the speaker', () => {
  it('makes no sound unless it is asked to', async () => {
    const tools = await fakeTools();
    await tools.add('pacat', `touch '${tools.path('played')}'`);
    expect(await examined(checkSpeaker({ needed: true, play: false }))).toMatchObject([{ id: 'speaker.found', verdict: 'good', facts: { backend: 'pacat' } }]);
    await expect(readFile(tools.path('played'))).rejects.toThrow('ENOENT');
  });

  it('plays a soft tone when it is', async () => {
    const tools = await fakeTools();
    await tools.add('pacat', `cat > '${tools.path('played')}'`);
    expect(await examined(checkSpeaker({ needed: true, play: true }))).toMatchObject([{ id: 'speaker.found' }, { id: 'speaker.tone', verdict: 'good' }]);
    const played = bytesToInt16(await readFile(tools.path('played')));
    const peak = played.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(played.length).toBeGreaterThanOrEqual(8_000);
    // Softer than a voice at −23 dBFS, and not so soft that nobody hears it.
    expect(peak).toBeGreaterThan(900);
    expect(peak).toBeLessThan(1_100);
  });

  it('calls one bad that cannot be opened', async () => {
    const tools = await fakeTools();
    await tools.add('pacat', 'echo "No such device" >&2; exit 1');
    expect((await examined(checkSpeaker({ needed: false, play: true })))[1]).toMatchObject({ id: 'speaker.tone', verdict: 'bad', exit: 4, text: expect.stringContaining('No such device') as string });
  });

  it.runIf(process.platform === 'linux').each([[true, 'bad'], [false, 'caution']])('where there is none and needed is %s is %s', async (needed, verdict) => {
    await fakeTools({});
    expect(await examined(checkSpeaker({ needed, play: true }))).toMatchObject([{ id: 'speaker.found', verdict }]);
  });
});
