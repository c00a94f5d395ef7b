import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

import { build, type BuildOptions } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = fileURLToPath(new URL('../../operators/index.ts', import.meta.url));

async function bundle(more: BuildOptions): Promise<{ readonly code: string; readonly inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    ...more, absWorkingDir: root, bundle: true, minify: true, write: false, platform: 'browser', target: 'es2022', metafile: true,
  });
  return { code: outputFiles[0]!.text, inputs: Object.keys(metafile.inputs) };
}

it('is no more than 6 kB for a browser that has rxjs', async () => {
  const { code, inputs } = await bundle({ entryPoints: [entry], external: ['rxjs'], format: 'esm' });
  const size = gzipSync(code, { level: 9 }).length;
  console.info(`operators: ${code.length} bytes minified, ${size} gzipped, without rxjs`);
  expect(inputs.every((input) => input.startsWith('operators/'))).toBe(true);
  expect([...code.matchAll(/from"([^"]+)"/gu)].map(([, from]) => from)).toEqual(Array.from({ length: code.match(/from"/gu)!.length }, () => 'rxjs'));
  expect(size).toBeLessThanOrEqual(6 * 1_024);
});

it('holds a conversation in a browser, without anything of Node', async () => {
  const page = `
    import { concatMap, from, map, mergeMap, of, toArray } from 'rxjs';
    import { bargeIn, chat, chunkify, sentences, synthesize, transcribe, vadGate } from ${JSON.stringify(entry)};

    const microphone = Uint8Array.from('qqssssqqqq', (letter) => (letter === 's' ? 200 : 0));
    from([microphone.subarray(0, 3), microphone.subarray(3)]).pipe(
      chunkify(1),
      vadGate(() => ([level]) => level / 255, { frameLength: 32, minSpeech: 64, minSilence: 64, preRoll: 32 }),
      bargeIn((utterance) => of(utterance).pipe(
        transcribe((frames) => frames.pipe(toArray(), map((all) => ({ text: all.length + ' frames?', final: true })))),
        map(({ text }) => text),
        chat((question) => ['You said ', question, ' Right. And…'], (question) => question),
        sentences(),
        synthesize((text) => [text.length]),
        map(({ text, audio }) => text + ' ' + audio),
      )),
      toArray(),
    ).subscribe({ next: (said) => { globalThis.said = said; }, error: (error) => { throw error; } });`;
  const { code, inputs } = await bundle({ stdin: { contents: page, resolveDir: root }, format: 'iife' });
  expect(inputs.filter((input) => input.startsWith('node:'))).toEqual([]);

  // A context of its own has the language and nothing else: no require, process, Buffer, and not even timers.
  const window: { said?: unknown } = createContext({});
  runInContext(code, window);
  expect(JSON.parse(JSON.stringify(window.said))).toEqual(['You said 7 frames? 18', 'Right. 6', 'And… 4']);
});
