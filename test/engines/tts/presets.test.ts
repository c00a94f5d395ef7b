import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Tts } from '../../../src/engines.js';
import { registry } from '../../../src/engines/registry.js';
import { settled, type EngineOptions } from '../../../src/engines/row.js';
import { speech } from '../../contracts/tts.js';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/speaks-tones.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'presets-test-'));
const log = join(folder, 'arguments');

/** Programs of these names that note their arguments, and hum into the file that they are given or to stdout. */
beforeAll(() => {
  for (const name of ['piper', 'espeak-ng', 'say']) {
    const file = join(folder, name);
    writeFileSync(file, `#!${process.execPath}
require('fs').writeFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' '));
const out = process.argv.find((word) => word.endsWith('.wav')) || '-';
process.argv.splice(2, process.argv.length, 'wav', '-', out);
import(${JSON.stringify(PROGRAM)});
`);
    chmodSync(file, 0o755);
  }
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** As `pull` gives them. */
const files = { 'de_DE-thorsten-medium': { 'de_DE-thorsten-medium.onnx': '/cache/thorsten.onnx' } };

describe('programs that are known by name', () => {
  it.each<['piper' | 'espeak-ng' | 'say', EngineOptions, RegExp]>([
    ['piper', { voice: '/voices/amy.onnx' }, /^--model \/voices\/amy\.onnx --output_file -$/],
    ['piper', { voice: '/voices/amy.onnx', speed: 2 }, /--length_scale 0\.5$/],
    ['piper', { language: 'de' }, /^--model \/cache\/thorsten\.onnx --output_file -$/],
    ['piper', { voice: 'de_DE-thorsten-medium' }, /^--model \/cache\/thorsten\.onnx /],
    ['espeak-ng', { language: 'pt-br' }, /^--stdin --stdout -v pt$/],
    ['espeak-ng', { language: 'auto' }, /-v en$/],
    ['espeak-ng', { voice: 'en+f3', speed: 2 }, /-v en\+f3 -s 350$/],
    ['say', {}, /^-o \S+\.wav --file-format=WAVE --data-format=LEI16@22050$/],
    ['say', { voice: 'Samantha', speed: 0.8 }, /-v Samantha -r 140$/],
  ])('%s with %j', async (name, options, wanted) => {
    const tts = await new Promise<Tts>((resolve, reject) => registry.tts[name].load(settled(options), files).subscribe({ next: resolve, error: reject }));
    expect((await speech({ tts, patience: 8_000 }, 'Hello.')).length / 16).toBeCloseTo(6 * 60, -2);
    expect(readFileSync(log, 'utf8')).toMatch(wanted);
  });

  it.each<['piper' | 'espeak-ng' | 'say', EngineOptions, string]>([
    ['piper', { voice: '/voices/amy.onnx' }, 'fourteen kilometers'],
    ['espeak-ng', { language: 'en-GB' }, 'fourteen kilometers'],
    ['espeak-ng', { language: 'de' }, '14 km'],
    ['espeak-ng', { language: 'auto' }, '14 km'],
    ['say', {}, '14 km'],
  ])('%s with %j says 14 km as "%s"', async (name, options, said) => {
    const tts = await new Promise<Tts>((resolve, reject) => registry.tts[name].load(settled(options), {}).subscribe({ next: resolve, error: reject }));
    // The tone is as long as its text.
    expect((await speech({ tts, patience: 8_000 }, '14 km')).length / 16).toBeCloseTo(said.length * 60, -2);
  });
});
