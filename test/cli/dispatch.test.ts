import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { dispatch } from '../../cli/dispatch.js';
import { modelFolder } from '../../src/models/cache.js';
import { findModel } from '../../src/models/catalog.js';
import { fakeIo } from '../fixtures/io.js';

const folder = mkdtempSync(join(tmpdir(), 'dispatch-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(words: string[], env: Record<string, string> = {}) {
  const { io, out, err } = fakeIo(env);
  const code = await dispatch(words, io);
  return { code, out: out(), err: err() };
}

describe('the command line', () => {
  it.each([['--version'], ['-V'], ['talk', '--version'], ['models', '--version']])('tells its version for %s %s', async (...words) => {
    const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
    expect(await run(words.filter(Boolean))).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    [['--help'], /^Usage: speech-to-speech \[COMMAND\]/], [['serve', '-h'], /^Usage: speech-to-speech \[COMMAND\]/], [['help'], /^Usage: speech-to-speech \[COMMAND\]/],
    [['talk', '--help'], /^Usage: speech-to-speech talk/], [['help', 'talk'], /^Usage: speech-to-speech talk/],
    [['listen-and-play', '--help'], /^Usage: listen-and-play/], [['help', 'listen-and-play'], /^Usage: listen-and-play/],
    [['watch', '--help'], /^Usage: speech-to-speech watch/], [['models', '--help'], /^Usage: speech-to-speech models/], [['help', 'models'], /^Usage: speech-to-speech models/],
    [['engines', '--help'], /^Usage: speech-to-speech engines/], [['help', 'engines'], /^Usage: speech-to-speech engines/],
    [['voices', '--help'], /^Usage: speech-to-speech voices/], [['--no_such_flag', '--help'], /^Usage: speech-to-speech/],
  ] as const)('helps with %j', async (words, usage) => {
    const { code, out, err } = await run([...words]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(usage);
  });

  it.each([
    [['watch', '--events_port', '0'], 'error: --events_port cannot be 0: it takes a port from 1 to 65535\n'],
    [['tlak'], 'error: there is no command "tlak"\nDid you mean talk?\n'],
    [['help', 'serv'], 'error: there is no command "serv"\nDid you mean serve?\n'],
    [['--recv_port', '70000'], 'error: --recv_port cannot be 70000: it takes a port from 1 to 65535, or 0 for any free one\n'],
    [['talk', '--thresh', '2'], 'error: --thresh cannot be 2: it takes a number from 0.01 to 1\n'],
    [['models'], 'error: models needs to know what to do: list, pull, import, verify, path, rm\nSee speech-to-speech models --help.\n'],
    [['models', 'pul'], 'error: models cannot "pul": it takes list, pull, import, verify, path, rm\nDid you mean pull?\n'],
    [['models', 'pull', '--form', 'x'], 'error: models has no flag --form\nDid you mean --from?\n'],
    [['models', 'pull', '--from'], 'error: --from needs a value\nSee speech-to-speech models --help.\n'],
    [['models', 'list', '--from', 'x'], 'error: --from goes with models pull, not with models list\nSee speech-to-speech models --help.\n'],
    [['models', 'pull', 'whisper-tinny'], /^error: .*whisper-tinny/],
  ] as const)('exits 2 on %j and says why', async (words, text) => {
    const { code, out, err } = await run([...words]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    if (typeof text === 'string') expect(err).toBe(text);
    else expect(err).toMatch(text);
  });

  it('shows the configuration that holds, with a warning for what was skipped', async () => {
    const config = join(folder, 'own.json');
    writeFileSync(config, '{ "recv_port": 4000, "device": "cuda" }');
    const { code, out, err } = await run([config, '--print_config', '--thresh=0.7'], { SPEECH_TO_SPEECH_CHAT_SIZE: '5' });
    expect(code).toBe(0);
    expect(out).toContain(`# file ${config}\n`);
    expect(out).toMatch(/^thresh +0\.7 +# flag --thresh$/m);
    expect(out).toMatch(/^chat_size +5 +# variable SPEECH_TO_SPEECH_CHAT_SIZE$/m);
    expect(err).toMatch(/^warning: "device" in .* is skipped here; the nearest is --threads\n$/);
  });

  it('lists the engines on a bare machine, with what is missing, and marks what the settings choose', async () => {
    const env = { SPEECH_TO_SPEECH_CACHE: join(folder, 'no-models') };
    const { code, out, err } = await run(['engines', '--stt', 'command', '--stt_command', 'no-such-program -x'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^→ ✘ command .*\n {6}missing: the program no-such-program\. /m);
    expect(out).toMatch(/^ {2}✘ whisper .*\n {6}missing: the model whisper-tiny\.en, 77\.7 MB\. speech-to-speech models pull whisper-tiny\.en$/m);
    expect(out).toMatch(/^ {2}✔ flite /m);
  });

  it('lists the engines as JSON, and no key among them', async () => {
    const canary = 'canary-1234567890';
    const { out } = await run(['engines', '--json', '--stt', 'openai'], { SPEECH_TO_SPEECH_STT_API_KEY: canary, SPEECH_TO_SPEECH_CACHE: join(folder, 'no-models') });
    const listed = JSON.parse(out) as { name: string; stage: string; ready: boolean; chosen: boolean }[];
    expect(listed.find(({ name }) => name === 'openai')).toMatchObject({ stage: 'stt', ready: true, chosen: true, missing: [], streams: true, abortable: true });
    expect(new Set(listed.map(({ stage }) => stage))).toEqual(new Set(['vad', 'stt', 'llm', 'tts']));
    expect(out).not.toContain(canary);
  });

  it('lists the voices of the engines that are ready, or would be with a model fetched, and of no other', async () => {
    const env = { SPEECH_TO_SPEECH_CACHE: join(folder, 'no-models') };
    const { code, out, err } = await run(['voices', '--voice', 'nobody'], env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^flite +awb +en-GB +yes +BSD-style$/m);
    expect(out).toMatch(/^hibari +hibari +en-US +no +Apache-2\.0$/m);
    expect(out).not.toMatch(/^(piper|openai) /m);
    const listed = JSON.parse((await run(['voices', '--json', '--tts_api_key', 'canary-1234567890'], env)).out) as { engine: string; name: string }[];
    expect(listed).toContainEqual({ engine: 'openai', name: 'alloy', language: 'any', licence: 'of the service', here: true });
  });

  it('lists the voices of piper where that program is, and which of them have been fetched', async () => {
    const cache = mkdtempSync(join(folder, 'voices-'));
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'piper'), '#!/bin/sh\n', { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const voice = findModel('fr_FR-siwis-medium');
    mkdirSync(modelFolder(voice, cache), { recursive: true });
    for (const { name, size } of voice.files) {
      writeFileSync(join(modelFolder(voice, cache), name), '');
      truncateSync(join(modelFolder(voice, cache), name), size);
    }
    const { out } = await run(['voices'], { SPEECH_TO_SPEECH_CACHE: cache });
    expect(out).toMatch(/^piper +de_DE-thorsten-medium +de-DE +no +CC0-1\.0$/m);
    expect(out).toMatch(/^piper +fr_FR-siwis-medium +fr-FR +yes +CC-BY-4\.0$/m);
  });

  it('starts no server and asks nobody for a model that is not here, where it is --offline', async () => {
    let requests = 0;
    const hub = createServer((_, response) => { requests++; response.end(); });
    await once(hub.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void hub.close());
    const env = { SPEECH_TO_SPEECH_CACHE: join(folder, 'no-models'), SPEECH_TO_SPEECH_HUB: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
    const { code, err } = await run(['--offline', '--recv_port', '0', '--send_port', '0'], env);
    expect({ code, requests }).toEqual({ code: 5, requests: 0 });
    expect(err).toContain(`error: The model whisper-tiny.en is not in ${env.SPEECH_TO_SPEECH_CACHE}`);
    expect(err).toContain('speech-to-speech models pull whisper-tiny.en --cache FOLDER');
  });

  it('says which voice was meant, and what is missing for one that is to be heard', async () => {
    const env = { SPEECH_TO_SPEECH_CACHE: join(folder, 'no-models') };
    expect(await run(['voices', '--play', '--tts', 'flite', '--voice', 'slr'], env)).toEqual({ code: 2, out: '', err: expect.stringContaining('Flite has no voice "slr".\nDid you mean slt?') as string });
    expect(await run(['voices', '--play', '--tts', 'command'], env)).toMatchObject({ code: 2, err: expect.stringContaining('not ready: a program that speaks\nName it: --tts_command') as string });
  });

  it('never shows a key, wherever it came from', async () => {
    const canary = 'canary-1234567890';
    const config = join(folder, 'key.json');
    writeFileSync(config, `{ "responses_api_api_key": "${canary}" }`);
    for (const words of [[config], ['--responses_api_api_key', canary], [`--responses_api_key=${canary}`, '--log_level', 'debug'], ['--responses-api-api-key', canary, '--thresh', '2', '--log_level', 'debug']]) {
      const { out, err } = await run([...words, '--print_config']);
      expect(out + err).not.toContain(canary);
    }
  });
});
