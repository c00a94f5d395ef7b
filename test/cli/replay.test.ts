import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatch } from '../../cli/dispatch.js';
import { Stopped } from '../../cli/io.js';
import { fakeIo } from '../fixtures/io.js';
import { recordedSession } from '../fixtures/recorded-session.js';

let folder = '';
let copies = 0;
beforeAll(async () => { folder = await recordedSession(3); });
afterAll(() => rmSync(dirname(folder), { recursive: true }));

async function replay(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const { io, out, err } = fakeIo();
  const code = await dispatch(['replay', ...words], io);
  return { code, out: out(), err: err() };
}

/** The recording with one of its files changed. */
function changed(name: string, change: (text: string) => string): string {
  const copy = join(dirname(folder), `copy ${++copies}`);
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, name), change(readFileSync(join(copy, name), 'utf8')));
  return copy;
}

const lines = (text: string): string[] => text.trimEnd().split('\n');
const types = (out: string): string[] => lines(out).map((line) => (JSON.parse(line) as { type: string }).type);

describe('replay', () => {
  it('tells everything again as it was written down, from the folder or from the file', async () => {
    const recorded = readFileSync(join(folder, 'events.ndjson'), 'utf8');
    const parsed = (text: string): unknown[] => lines(text).map((line) => JSON.parse(line) as unknown);
    expect(parsed((await replay(folder, '--speed', 'max', '--ui', 'json')).out)).toEqual(parsed(recorded));
    expect(parsed((await replay(join(folder, 'events.ndjson'), '--speed', 'max', '--ui', 'json')).out)).toEqual(parsed(recorded));
    expect(types(recorded)).toEqual(expect.arrayContaining(['hello', 'connected', 'recording', 'transcript', 'levels', 'reply.done', 'disconnected']));
  });

  it('shows it in lines for people, with the time at which it happened', async () => {
    const { out, code } = await replay(folder, '--speed', 'max');
    expect(code).toBe(0);
    expect(out).toContain(`RECORDING    everything that is said, into ${folder}`);
    expect(out.match(/heard {8}"I heard \d+ frames\."/g)).toHaveLength(3);
  });

  it('takes its time, and ends at once when it is asked to', async () => {
    const { io, out, stop } = fakeIo();
    const began = performance.now();
    const running = dispatch(['replay', folder, '--speed', '0.01'], io);
    setTimeout(() => stop(new Stopped('SIGINT')), 300);
    expect(await running).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(250);
    expect(out()).not.toContain('disconnected');
  });

  it('begins where it is told to, after a snapshot of what was the case', async () => {
    const all = lines(readFileSync(join(folder, 'events.ndjson'), 'utf8')).map((line) => JSON.parse(line) as { type: string; at: number; turn?: number });
    const second = all.find(({ type, turn }) => type === 'speech.started' && turn === 2)!;
    const seconds = (second.at - Math.min(...all.map(({ at }) => at))) / 1_000;
    const { out } = await replay(folder, '--from', String(seconds), '--speed', 'max', '--ui', 'json');
    const [snapshot, ...rest] = lines(out).map((line) => JSON.parse(line) as { type: string; at: number; events: { type: string }[] });
    expect(snapshot!.type).toBe('snapshot');
    expect(snapshot!.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['connected', 'recording', 'reply.done', 'gate']));
    expect(rest.length).toBe(all.filter(({ at }) => at >= second.at).length);
  });

  it('shows one turn alone', async () => {
    const { out } = await replay(folder, '--turn', '2', '--speed', 'max', '--ui', 'json');
    const turns = lines(out).slice(1).map((line) => (JSON.parse(line) as { turn?: number }).turn).filter((turn) => turn !== undefined);
    expect(turns).toContain(2);
    expect(turns).not.toContain(3);
  });

  it('shows what a newer program tells, or what is no event, as unknown', async () => {
    const copy = changed('events.ndjson', (text) => `${text}{"type":"mood","at":1,"happy":true}\nnot json\n{"type":"gate","open":tr`);
    const { out, code } = await replay(copy, '--speed', 'max');
    expect(code).toBe(0);
    expect(out).toContain('an event "mood", which a newer program may know');
    expect(out).toContain('a line that is no event');
  });

  it('draws every turn with its time below, no line wider than 100 columns', async () => {
    const { out } = await replay(folder, '--marbles');
    expect(out.match(/^session 1, turn \d, \d\d:\d\d:\d\d, \d+\.\d\d s$/gm)).toHaveLength(3);
    for (const lane of ['speech', 'gate', 'stt', 'llm', 'tts', 'end', 'ms']) expect(out.match(new RegExp(`^${lane} +[^ ]`, 'gm'))).toHaveLength(3);
    expect(out).toMatch(/^T = heard "I heard \d+ frames\."$/m);
    for (const line of lines(out).filter((one) => /^\w+ {2,}/.test(one))) expect(line.length).toBeLessThanOrEqual(100);
    expect((await replay(folder, '--marbles', '--turn', '3')).out.match(/turn \d/g)).toEqual(['turn 3']);
  });

  it('holds it again, and says that all is the same', async () => {
    const { out, code } = await replay(folder, '--rerun');
    expect(out).toMatch(/^\d\d+ events, the same byte for byte, and the same audio for the client\.\n$/);
    expect(code).toBe(0);
  });

  it('shows the first difference where something else comes out', async () => {
    const { out, code } = await replay(changed('inputs.ndjson', (text) => text.replace('Thank you', 'No thanks')), '--rerun');
    expect(code).toBe(1);
    expect(out).toMatch(/^Event \d+ is another/);
    expect(lines(out).find((line) => line.startsWith('- '))).toContain('Thank you');
    expect(lines(out).find((line) => line.startsWith('+ '))).toContain('No thanks');
  });

  it.each<[string, () => string[], string]>([
    ['there is no recording', () => [], 'Name it first'],
    ['it comes after a flag', () => ['--rerun'], 'Name it first'],
    ['it is not there', () => [join(folder, 'nowhere')], 'cannot be read'],
    ['it is the folder of all recordings', () => [dirname(folder)], folder],
    ['it holds no events', () => [join(folder, 'microphone.wav')], 'holds no events'],
    ['there is no such turn', () => [folder, '--turn', '9'], 'has no turn 9'],
    ['it is over by then', () => [folder, '--from', '1000'], 'is over before 1000 s'],
    ['a file alone is to be held again', () => [join(folder, 'events.ndjson'), '--rerun'], 'takes the whole folder'],
    ['a line of the inputs is damaged', () => [changed('inputs.ndjson', (text) => text.replace(/^(.*\n.*\n).*\n/, '$1{"t":1,"from":"moon"}\n')), '--rerun'], 'line 3 of'],
    ['the inputs do not say what they are', () => [changed('inputs.ndjson', (text) => text.replace(/^.*\n/, '')), '--rerun'], 'line 1 of'],
    ['a newer program has made it', () => [changed('inputs.ndjson', (text) => text.replace('"recording":1', '"recording":2')), '--rerun'], 'recorded in version 2'],
    ['the speed is none', () => [folder, '--speed', 'fast'], 'a number from 0.01 to 1000, or max'],
  ])('says what to do where %s', async (_, words, message) => {
    const { code, err, out } = await replay(...words());
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('never throws and never hangs, whatever the files hold', async () => {
    const copy = changed('events.ndjson', (text) => text);
    appendFileSync(join(copy, 'events.ndjson'), Buffer.from([0xff, 0xfe, 10, 0, 10]));
    writeFileSync(join(copy, 'voice.wav'), Buffer.from('no wave at all'));
    expect((await replay(copy, '--speed', 'max')).code).toBe(0);
    const { out, code } = await replay(copy, '--rerun');
    expect(out).toContain('The recording was cut off');
    expect(code).toBe(0);
  });
});
