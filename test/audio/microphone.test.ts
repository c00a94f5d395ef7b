import { readFile, writeFile } from 'node:fs/promises';
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { findMicrophone, microphone, type MicBackend } from '../../src/audio/microphone.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { SpeechError } from '../../src/errors.js';
import { fakeTools, gone, type FakeTools } from '../fixtures/fake-tools.js';

/** A program that says the samples 0, 1, 2 …, the first 1001 bytes apart from the rest, and then nothing more. */
async function counting(tools: FakeTools, program: string, before = ''): Promise<void> {
  await writeFile(tools.path('count'), int16ToBytes(Int16Array.from({ length: 3200 }, (_, i) => i)));
  await tools.add(program, `${before}\nhead -c 1001 '${tools.path('count')}'\ntail -c +1002 '${tools.path('count')}'\nexec sleep 100`);
}

const failure = (options: Parameters<typeof microphone>[0]): Promise<unknown> => new Promise((resolve) => {
  microphone(options).subscribe({ error: resolve });
});

const programs: readonly (readonly [MicBackend, string])[] = [['parec', 'parec'], ['arecord', 'arecord'], ['sox', 'sox'], ['node-record-lpcm16', 'sox']];

describe.each(programs)('a microphone through %s', (backend, program) => {
  it('gives out 16-bit samples in pieces of 20 ms, however the program cut them', async () => {
    const tools = await fakeTools();
    await counting(tools, program);
    const pieces = await lastValueFrom(microphone({ backend }).pipe(take(5), toArray()), { defaultValue: [] });
    expect(pieces.map((piece) => piece.length)).toEqual([320, 320, 320, 320, 320]);
    expect(pieces.flatMap((piece) => [...piece])).toEqual(Array.from({ length: 1600 }, (_, i) => i));
  });

  it('asks for raw 16 kHz mono', async () => {
    const tools = await fakeTools();
    await counting(tools, program);
    await firstValueFrom(microphone({ backend }), { defaultValue: undefined });
    const { args } = await tools.started(program);
    expect(args.join(' ')).toContain('16000');
    expect(args.join(' ')).toMatch(/raw/);
    expect(args.join(' ')).not.toMatch(/wav/);
  });

  it('leaves no process behind when it is closed', async () => {
    const tools = await fakeTools();
    await counting(tools, program, "trap '' TERM");
    const pid = await new Promise<number>((resolve, reject) => {
      const subscription = microphone({ backend }).pipe(take(1)).subscribe({
        complete: () => {
          subscription.unsubscribe();
          tools.started(program).then((process) => resolve(process.pid), reject);
        },
        error: reject,
      });
    });
    await gone(pid);
  });

  it('says that there is none when the program gives nothing, and what the program said', async () => {
    const tools = await fakeTools();
    await tools.add(program, "printf '\\033[31marecord: main:834: audio open error: No such file\\033[0m\\n' >&2\nexit 1");
    const error = await failure({ backend });
    expect(error).toMatchObject({ kind: 'device', code: 'no-microphone' });
    expect(error instanceof SpeechError && error.message).toMatch(/exit code 1\): arecord: main:834: audio open error: No such file\.$/);
  });

  it.each([0, 1])('says that it is lost when the program ends later with code %i', async (code) => {
    const tools = await fakeTools();
    await tools.add(program, `head -c 6400 /dev/zero\nexit ${code}`);
    expect(await failure({ backend })).toMatchObject({ kind: 'device', code: 'device-lost', retryable: true });
  });

  it('says that there is none when the program cannot be started', async () => {
    const tools = await fakeTools();
    await tools.addBroken(program);
    expect(await failure({ backend })).toMatchObject({ kind: 'device', code: 'no-microphone' });
  });

  it('passes the device on', async () => {
    const tools = await fakeTools();
    await counting(tools, program, `printf %s "$AUDIODEV" > '${tools.path('device')}'`);
    await firstValueFrom(microphone({ backend, device: 'plughw:7' }).pipe(map((piece) => piece.length)), { defaultValue: 0 });
    const { args } = await tools.started(program);
    if (program === 'sox') expect(await readFile(tools.path('device'), 'utf8')).toBe('plughw:7');
    else expect(args.join(' ')).toMatch(/-D plughw:7|--device=plughw:7/);
  });
});

describe.runIf(process.platform === 'linux')('looking for a microphone', () => {
  it('finds none without a program, and says what to install', async () => {
    await fakeTools();
    expect(findMicrophone()).toMatchObject({ missing: expect.stringContaining('alsa-utils') as string });
    expect(await failure({})).toMatchObject({ kind: 'device', code: 'no-microphone', hint: expect.stringContaining('alsa-utils') as string });
  });

  it('prefers what gives small pieces', async () => {
    const tools = await fakeTools();
    await tools.add('sox', '');
    expect(findMicrophone()).toEqual({ backend: 'node-record-lpcm16' });
    await tools.add('arecord', '');
    expect(findMicrophone()).toEqual({ backend: 'arecord' });
    await tools.add('parec', '');
    expect(findMicrophone()).toEqual({ backend: 'parec' });
  });

  it('takes the one that was asked for, or none', async () => {
    const tools = await fakeTools();
    await tools.add('arecord', '');
    expect(findMicrophone({ backend: 'arecord' })).toEqual({ backend: 'arecord' });
    expect(findMicrophone({ backend: 'sox' })).toHaveProperty('missing');
  });

  it('asks no sound server that is not there', async () => {
    const tools = await fakeTools({ ALSA_CONFIG_PATH: '/dev/null' });
    await tools.add('parec', '');
    expect(findMicrophone()).toHaveProperty('missing');
    await tools.add('arecord', '');
    expect(findMicrophone()).toEqual({ backend: 'arecord' });
  });
});
