import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { findMicrophone, microphone, type MicBackend } from '../../src/audio/microphone.js';
import { SpeechError } from '../../src/errors.js';
import { fakeTools, gone } from '../fixtures/fake-tools.js';

/** Samples 0, 1, 2 … in writes of an odd size, for ever. */
const COUNT = 'let n = 0; setInterval(() => { const b = Buffer.alloc(1001); for (let i = 0; i < 1001; i++, n++) b[i] = n % 2 ? (n >> 1) >> 8 : (n >> 1) & 255; say(b); }, 2);';

const failure = (options: Parameters<typeof microphone>[0]): Promise<unknown> => new Promise((resolve) => {
  microphone(options).subscribe({ error: resolve });
});

const programs: readonly (readonly [MicBackend, string])[] = [['parec', 'parec'], ['arecord', 'arecord'], ['sox', 'sox'], ['node-record-lpcm16', 'sox']];

describe.each(programs)('a microphone through %s', (backend, program) => {
  it('gives out 16-bit samples in pieces of 20 ms, however the program cut them', async () => {
    const tools = await fakeTools();
    await tools.add(program, COUNT);
    const pieces = await lastValueFrom(microphone({ backend }).pipe(take(5), toArray()), { defaultValue: [] });
    expect(pieces.map((piece) => piece.length)).toEqual([320, 320, 320, 320, 320]);
    expect(pieces.flatMap((piece) => [...piece])).toEqual(Array.from({ length: 1600 }, (_, i) => i));
  });

  it('asks for raw 16 kHz mono', async () => {
    const tools = await fakeTools();
    await tools.add(program, COUNT);
    await firstValueFrom(microphone({ backend }), { defaultValue: undefined });
    const { args } = await tools.started(program);
    expect(args.join(' ')).toContain('16000');
    expect(args.join(' ')).toMatch(/raw/);
    expect(args.join(' ')).not.toMatch(/wav/);
  });

  it('leaves no process behind when it is closed', async () => {
    const tools = await fakeTools();
    await tools.add(program, `process.on('SIGTERM', () => {}); ${COUNT}`);
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
    await tools.add(program, 'process.stderr.write("\\x1b[31marecord: main:834: audio open error: No such file\\x1b[0m\\n"); process.exitCode = 1;');
    const error = await failure({ backend });
    expect(error).toMatchObject({ kind: 'device', code: 'no-microphone' });
    expect(error instanceof SpeechError && error.message).toMatch(/exit code 1\): arecord: main:834: audio open error: No such file\.$/);
  });

  it.each([0, 1])('says that it is lost when the program ends later with code %i', async (code) => {
    const tools = await fakeTools();
    await tools.add(program, `say(Buffer.alloc(6400)); setTimeout(() => process.exit(${code}), 20);`);
    expect(await failure({ backend })).toMatchObject({ kind: 'device', code: 'device-lost', retryable: true });
  });

  it('says that there is none when the program cannot be started', async () => {
    const tools = await fakeTools();
    await tools.addBroken(program);
    expect(await failure({ backend })).toMatchObject({ kind: 'device', code: 'no-microphone' });
  });

  it('passes the device on', async () => {
    const tools = await fakeTools();
    await tools.add(program, `${COUNT} fs.writeFileSync(${JSON.stringify(tools.path('device'))}, String(process.env.AUDIODEV));`);
    await firstValueFrom(microphone({ backend, device: 'plughw:7' }).pipe(map((piece) => piece.length)), { defaultValue: 0 });
    const { args } = await tools.started(program);
    if (program === 'sox') expect((await import('node:fs')).readFileSync(tools.path('device'), 'utf8')).toBe('plughw:7');
    else expect(args.join(' ')).toMatch(/-D plughw:7|--device=plughw:7/);
  });
});

describe.runIf(process.platform === 'linux')('looking for a microphone', () => {
  it('finds none without a program, and says what to install', async () => {
    await fakeTools();
    expect(await findMicrophone()).toMatchObject({ missing: expect.stringContaining('alsa-utils') as string });
    expect(await failure({})).toMatchObject({ kind: 'device', code: 'no-microphone', hint: expect.stringContaining('alsa-utils') as string });
  });

  it('prefers what gives small pieces', async () => {
    const tools = await fakeTools();
    await tools.add('sox', '');
    expect(await findMicrophone()).toEqual({ backend: 'node-record-lpcm16' });
    await tools.add('arecord', '');
    expect(await findMicrophone()).toEqual({ backend: 'arecord' });
    await tools.add('parec', '');
    expect(await findMicrophone()).toEqual({ backend: 'parec' });
  });

  it('takes the one that was asked for, or none', async () => {
    const tools = await fakeTools();
    await tools.add('arecord', '');
    expect(await findMicrophone({ backend: 'arecord' })).toEqual({ backend: 'arecord' });
    expect(await findMicrophone({ backend: 'sox' })).toHaveProperty('missing');
  });

  it('asks no sound server that is not there', async () => {
    const tools = await fakeTools({ ALSA_CONFIG_PATH: '/dev/null' });
    await tools.add('parec', '');
    expect(await findMicrophone()).toHaveProperty('missing');
    await tools.add('arecord', '');
    expect(await findMicrophone()).toEqual({ backend: 'arecord' });
  });
});
