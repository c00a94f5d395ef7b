import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppEvent } from '../../cli/views/app-event.js';
import { jsonLine } from '../../src/json-line.js';
import { plain } from '../../cli/plain.js';
import { latencyLine } from '../../cli/views/latency.js';
import { plainLine } from '../../cli/views/plain.js';
import { waitingFor } from '../../cli/views/waiting-for.js';
import { SpeechError } from '../../src/errors.js';
import { fakeIo } from '../fixtures/io.js';

const at = new Date(2026, 2, 1, 12, 3, 33).getTime();
const latency = { endpoint: 320.4, stt: 138.4, llm: 271.4, clause: 31.4, tts: 82.2, send: 0.4, total: 844.2 };

describe('the plain view', () => {
  it.each<[AppEvent, string | undefined]>([
    [{ type: 'listening', at }, '12:03:33  ● listening'],
    [{ type: 'speech.started', at, turn: 2 }, '12:03:33  ◉ hearing you     turn 2'],
    [{ type: 'speech.stopped', at, turn: 2, accepted: true, reason: 'silence', length: 2900, voiced: 2100, lastVoicedAt: at }, '12:03:33  ◉ speech ended 2.1 s of speech   turn 2'],
    [{ type: 'speech.stopped', at, turn: 2, accepted: false, reason: 'silence', length: 900, voiced: 96, lastVoicedAt: at }, '12:03:33  · ignored      only 96 ms of speech   turn 2'],
    [{ type: 'transcript', at, turn: 2, text: 'what is the capital of France', final: true }, '12:03:33  ‹ heard        "what is the capital of France"   turn 2'],
    [{ type: 'transcript', at, turn: 2, text: 'what is', final: false }, undefined],
    [{ type: 'transcript', at, turn: 2, text: 'bonjour', final: true, language: 'fr' }, '12:03:33  ‹ heard        "bonjour" (fr)   turn 2'],
    [{ type: 'transcript', at, turn: 2, text: ' ', final: true }, '12:03:33  · heard        no words   turn 2'],
    [{ type: 'reply.started', at, turn: 2 }, undefined],
    [{ type: 'reply.text', at, turn: 2, piece: 0, text: 'Paris.' }, undefined],
    [{ type: 'reply.audio', at, turn: 2, piece: 0, audio: new Int16Array(512) }, undefined],
    [{ type: 'reply.done', at, turn: 2, text: 'Paris.', length: 820 }, '12:03:33  › answered     "Paris." (820 ms of speech)   turn 2'],
    [{ type: 'tool.asked', at, turn: 2, tools: ['lamp', 'door'] }, '12:03:33  ! asking       whether lamp and door may be used   turn 2'],
    [{ type: 'tool.decided', at, turn: 3, tools: ['lamp'], decision: 'yes' }, '12:03:33  ● allowed      lamp   turn 3'],
    [{ type: 'tool.decided', at, turn: 3, tools: ['lamp'], decision: 'no' }, '12:03:33  ■ not allowed  lamp   turn 3'],
    [{ type: 'tool.decided', at, turn: 3, tools: ['lamp'], decision: 'late' }, '12:03:33  ■ not allowed  lamp: the answer came too late   turn 3'],
    [{ type: 'tool.called', at, turn: 2, call: 0, tool: 'weather', args: '{"city":"Rome"}' }, '12:03:33  · tool         weather {"city":"Rome"}   turn 2'],
    [{ type: 'tool.done', at, turn: 2, call: 0, tool: 'weather', ok: true, ms: 120, result: '\u001b[2Jdry' }, '12:03:33  · tool done    weather after 120 ms: dry   turn 2'],
    [{ type: 'tool.done', at, turn: 2, call: 0, tool: 'weather', ok: false, ms: 2_000, result: 'HTTP 500' }, '12:03:33  ! tool failed  weather after 2.0 s: HTTP 500   turn 2'],
    [{ type: 'cancelled', at, turn: 2, reason: 'interrupted', heard: 1_750 }, '12:03:33  · cancelled    you spoke again; 1.8 s of the answer were heard   turn 2'],
    [{ type: 'device', at, device: 'microphone', lost: true, reason: 'The microphone is gone.', retryIn: 250 }, '12:03:33  ! device       The microphone is gone; trying again in 250 ms'],
    [{ type: 'device', at, device: 'microphone', lost: false }, '12:03:33  ● device       the microphone is back'],
    [{ type: 'echo', at, before: -22.4, after: -56.7 }, '12:03:33  · echo         the microphone hears the speaker: -22 to -57 dB without its echo'],
    [{ type: 'guard', at, trusted: true }, '12:03:33  ● echo gone    answers can be interrupted'],
    [{ type: 'guard', at, trusted: false }, '12:03:33  · echo         answers cannot be interrupted before the echo of the speaker is known'],
    [{ type: 'changed', at, session: 3, differs: { thresh: '0.7', voice: 'rms' } }, '12:03:33  ● changed      thresh 0.7, voice rms'],
    [{ type: 'changed', at, session: 3, differs: {} }, '12:03:33  ● changed      as started'],
    [{ type: 'settings', at, settings: [] }, undefined],
    [{ type: 'paired', at, session: 3, peer: '10.0.0.2:4000' }, '12:03:33  ● paired       10.0.0.2:4000: its reply port has come, it hears answers'],
    [{ type: 'cancelled', at, turn: 2, reason: 'watchdog' }, '12:03:33  · cancelled    it took too long   turn 2'],
    [{ type: 'failed', at, turn: 2, stage: 'stt', kind: 'stage', code: 'stt-crashed', message: 'the engine crashed', hint: 'It starts again by itself.' },
      '12:03:33  ✖ failed       stt: the engine crashed (stt-crashed) It starts again by itself.   turn 2'],
    [{ type: 'failed', at, kind: 'device', code: 'device-lost', message: 'the microphone is gone' }, undefined],
    [{ type: 'gate', at, open: false, reason: 'the answer comes first' }, '12:03:33  ■ gate closed  the answer comes first'],
    [{ type: 'gate', at, open: true, reason: 'the answer was sent', dropped: 1240 }, '12:03:33  ● gate open    the answer was sent; 1.2 s of microphone audio was dropped meanwhile'],
    [{ type: 'gate', at, open: true, reason: 'the answer was sent', dropped: 0 }, '12:03:33  ● gate open    the answer was sent'],
    [{ type: 'warning', at, code: 'odd-tail', message: 'one byte was dropped' }, '12:03:33  ! warning      one byte was dropped'],
    [{ type: 'serving', at, recv: { host: '0.0.0.0', port: 12345 }, send: { host: '::1', port: 12346 } }, '12:03:33  ● serving      microphone on 0.0.0.0:12345, replies on [::1]:12346'],
    [{ type: 'connected', at, session: 3, peer: '10.0.0.2:4000', paired: true }, '12:03:33  ● connected    10.0.0.2:4000, session 3'],
    [{ type: 'connecting', at, host: 'server', sendPort: 1, recvPort: 2, attempt: 0 }, '12:03:33  · connecting   to server, ports 1 and 2'],
    [{ type: 'connecting', at, host: 'server', sendPort: 1, recvPort: 2, attempt: 1 }, undefined],
    [{ type: 'connected', at, local: '127.0.0.1:4000' }, '12:03:33  ● connected    to the server'],
    [{ type: 'connected', at, local: '127.0.0.1:4000', missed: 61_234 }, '12:03:33  ● connected    to the server; 61.2 s of microphone audio was lost meanwhile'],
    [{ type: 'muted', at, by: 'playback', muted: true }, '12:03:33  ■ muted        while the reply plays'],
    [{ type: 'muted', at, by: 'playback', muted: false, dropped: 2400 }, '12:03:33  ● unmuted      the reply has been played; 2.4 s of microphone audio was not sent meanwhile'],
    [{ type: 'underrun', at, count: 1, jitter: 225 }, '12:03:33  ! underrun     the reply came too late to be heard without a gap (1 so far); 225 ms are collected first now'],
    [{ type: 'warning', at, code: 'server-deaf', message: 'The server takes no microphone audio.' }, '12:03:33  ! warning      The server takes no microphone audio.'],
    [{ type: 'muted', at, by: 'user', muted: false }, '12:03:33  ● unmuted      by you'],
    [{ type: 'disconnected', at, session: 3, peer: '10.0.0.2:4000', reason: 'the client left' }, '12:03:33  · disconnected 10.0.0.2:4000: the client left'],
    [{ type: 'disconnected', at, reason: 'refused', retryIn: 2000 }, '12:03:33  · disconnected refused; trying again in 2.0 s'],
    [{ type: 'recorder', at, on: true, folder: 'recordings' }, '12:03:33  ! RECORDING    everything that is said is kept in recordings. Tell those who speak.'],
    [{ type: 'recorder', at, on: false, folder: 'recordings' }, '12:03:33  · not recorded any more: what is said from now on is not kept'],
    [{ type: 'recording', at, session: 3, on: true, folder: 'recordings/one' }, '12:03:33  ! RECORDING    everything that is said, into recordings/one'],
    [{ type: 'recording', at, session: 3, on: true, folder: 'recordings/one', ms: 1_000, bytes: 32_000 }, undefined],
    [{ type: 'recording', at, session: 3, on: false, folder: 'recordings/one', ms: 62_400, bytes: 2_512_000 }, '12:03:33  · recorded     the recording has ended; 1:02, 2.5 MB in recordings/one'],
    [{ type: 'recording', at, session: 3, on: false, folder: 'recordings/one', reason: 'the disk is full', ms: 1_000, bytes: 32_000 }, '12:03:33  · recorded     the disk is full; 0:01, 32.0 kB in recordings/one'],
    [{ type: 'refused', at, peer: '10.0.0.3:1', code: 'busy', reason: 'one client at a time' }, '12:03:33  ! refused      10.0.0.3:1: one client at a time'],
    [{ type: 'waiting', lacks: 'microphone', at, peer: '10.0.0.2:4000' }, '12:03:33  · waiting      10.0.0.2:4000 has opened the reply port; its microphone has yet to come'],
    [{ type: 'loaded', at, stage: 'stt', engine: 'whisper', ms: 145 }, '12:03:33  · ready        stt whisper after 145 ms'],
    [{ type: 'levels', at }, undefined],
    [{ type: 'levels', at, session: 1, mic: { rms: -30, peak: -20, speech: 0.9 } }, undefined],
    [{ type: 'telling', at, events: { host: '127.0.0.1', port: 12347 } }, '12:03:33  ● telling      events on 127.0.0.1:12347'],
    [{ type: 'viewer.joined', at, peer: '10.0.0.2:4000' }, '12:03:33  · watched      by 10.0.0.2:4000'],
    [{ type: 'viewer.left', at, peer: '10.0.0.2:4000', reason: 'it left' }, '12:03:33  · unwatched    10.0.0.2:4000: it left'],
    [{ type: 'watching', at, host: 'server', port: 12347 }, '12:03:33  ● watching     server:12347'],
    [{ type: 'watch.lost', at, host: 'server', port: 12347, reason: 'The server closed the connection.', retryIn: 200 }, '12:03:33  · lost         The server closed the connection; trying again in 200 ms'],
    [{ type: 'dropped', at, levels: 12 }, '12:03:33  · dropped      12 levels: this viewer is slow'],
    [{ type: 'unknown', at, name: '', line: 'x' }, '12:03:33  · unknown      a line that is no event'],
    [{ type: 'hello', at, version: 1, program: { name: 'x', version: '1' } }, undefined],
    [{ type: 'snapshot', at, events: [] }, undefined],
  ])('says of %o what a person can read', (event, line) => {
    expect(plainLine(event)).toBe(line);
  });

  it('adds the latency of an answer by stage, in a line that adds up', () => {
    const lines = plainLine({ type: 'reply.done', at, turn: 2, text: 'Paris.', length: 820, latency })?.split('\n');
    expect(lines?.[1]).toBe('12:03:33  · latency      844 ms = endpoint 320 + stt 139 + llm 271 + clause 32 + tts 82 + send 0   turn 2');
  });

  it('adds up for any latency', () => {
    const ms = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(fc.property(fc.record({ endpoint: ms, stt: ms, llm: ms, clause: ms, tts: ms, send: ms }), (stages) => {
      const [total, ...parts] = latencyLine({ ...stages, total: 0 }).match(/\d+/g)!.map(Number);
      expect(parts).toHaveLength(6);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(total);
    }));
  });

  it('reminds of the watchdog a few times, not every second, and says when it fired', () => {
    const said = Array.from({ length: 30 }, (_, second) => 30 - second)
      .filter((left) => plainLine({ type: 'watchdog', at, remaining: left * 1000, fired: false }) !== undefined);
    expect(said).toEqual([20, 10, 5, 3, 2, 1]);
    expect(plainLine({ type: 'watchdog', at, remaining: 0, fired: true })).toContain('given up');
  });

  it('tells of underruns less and less often', () => {
    const said = Array.from({ length: 100 }, (_, n) => n + 1).filter((count) => plainLine({ type: 'underrun', at, count, jitter: 400 }) !== undefined);
    expect(said).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  it('says at the watchdog what is waited for', () => {
    const waits: AppEvent[] = [
      { type: 'speech.stopped', at, turn: 2, accepted: true, reason: 'silence', length: 1, voiced: 1, lastVoicedAt: at },
      { type: 'transcript', at, turn: 2, text: 'hi', final: true },
      { type: 'reply.started', at, turn: 2 },
      { type: 'reply.text', at, turn: 2, piece: 0, text: 'Well.' },
      { type: 'reply.audio', at, turn: 2, piece: 0, audio: new Int16Array(1) },
      { type: 'gate', at, open: true, reason: 'watchdog' },
    ];
    let waiting: string | undefined;
    expect(waits.map((event) => (waiting = waitingFor(waiting, event)))).toEqual(['the STT', 'the LLM', 'a whole sentence of the LLM', 'the TTS', 'the answer to be sent', undefined]);
    expect(plainLine({ type: 'watchdog', at, remaining: 10_000, fired: false }, { waiting: 'the LLM' })).toContain('not listening: waiting for the LLM; listening again in 10 s');
  });

  it('tells of an echo once a minute, however often it is measured', () => {
    const { io, out } = fakeIo();
    const show = plain(io);
    for (let n = 0; n < 70; n += 2) show({ type: 'echo', at: at + 1_000 * n, before: -22, after: -57 });
    expect(out().trimEnd().split('\n').map((line) => line.slice(0, 8))).toEqual(['12:03:33', '12:04:33']);
  });

  it('is the same in colour but for the colour', () => {
    const event: AppEvent = { type: 'failed', at, turn: 1, stage: 'llm', kind: 'stage', code: 'llm-timeout', message: 'no answer' };
    const coloured = plainLine(event, { colour: true })!;
    expect(coloured).toContain('\u001b[31m');
    expect(stripVTControlCharacters(coloured)).toBe(plainLine(event));
  });

  it('does without Unicode where it has to', () => {
    expect(plainLine({ type: 'listening', at }, { ascii: true })).toBe('12:03:33  * listening');
  });

  it('lets no escape sequence through from outside', () => {
    const events: AppEvent[] = [
      { type: 'transcript', at, turn: 1, final: true, text: '\u001b]52;c;ZXZpbA==\u0007hi\nthere' },
      { type: 'reply.done', at, turn: 1, length: 1, text: '\u001b[2Jhi' },
      { type: 'refused', at, peer: '\u001b[31m', code: 'x', reason: '\u009b2J' },
    ];
    for (const event of events) expect(plainLine(event)).not.toMatch(/[\u001b\u009b\n]/);
  });
});

describe('the JSON view', () => {
  const parsed = (event: { type: string; at: number }): unknown => JSON.parse(jsonLine(event));

  it('keeps type, at, session, turn and every other field', () => {
    const event = { type: 'reply.done', at, session: 1, turn: 2, text: 'Paris.', length: 820, latency };
    expect(parsed(event)).toEqual(event);
  });

  it('tells how many samples there are, and none of them', () => {
    expect(parsed({ type: 'reply.audio', at, turn: 2, piece: 0, audio: new Int16Array(1600) } as AppEvent)).toEqual({
      type: 'reply.audio', at, turn: 2, piece: 0, audio: { samples: 1600, bytes: 3200, ms: 100 },
    });
  });

  it('gives an error by its fields, without stack and cause', () => {
    const error = new SpeechError('the LLM is down', { kind: 'stage', code: 'llm-unreachable', stage: 'llm', hint: 'Start it.', cause: new Error('secret') });
    expect(parsed({ type: 'failed', at, error } as AppEvent & { error: unknown })).toEqual({
      type: 'failed', at, error: { name: 'SpeechError', message: 'the LLM is down', kind: 'stage', code: 'llm-unreachable', hint: 'Start it.', stage: 'llm' },
    });
  });

  it('is one line without control characters, whatever was said', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = jsonLine({ type: 'transcript', at, turn: 1, final: true, text: `\u001b[2J${text}` } as AppEvent);
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|\\u001b/);
      expect(parsed({ type: 'transcript', at })).toBeDefined();
    }));
  });
});
