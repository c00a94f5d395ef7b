import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { eventLog } from '../../cli/event-log.js';
import { openLog } from '../../cli/log.js';
import { fakeIo } from '../fixtures/io.js';

const folder = mkdtempSync(join(tmpdir(), 'log-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the log', () => {
  it('is a readable line on stderr', () => {
    const { io, out, err } = fakeIo();
    openLog({ logLevel: 'info', logFile: undefined }, io).info({ port: 12345, host: 'localhost' }, 'listening');
    expect(err()).toMatch(/^\d\d:\d\d:\d\d info {4}listening port=12345 host=localhost\n$/);
    expect(out()).toBe('');
  });

  it.each([['debug', 4], ['info', 3], ['warning', 2], ['error', 1]] as const)('at level %s keeps %i of four entries', (logLevel, kept) => {
    const { io, err } = fakeIo();
    const log = openLog({ logLevel, logFile: undefined }, io);
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('entry');
    expect(err().match(/entry\n/g)).toHaveLength(kept);
  });

  it('says why, of an error', () => {
    const { io, err } = fakeIo();
    openLog({ logLevel: 'info', logFile: undefined }, io).error({ err: new Error('connection reset') }, 'the client is gone');
    expect(err()).toMatch(/error {3}the client is gone \(connection reset\)\n$/);
  });

  it('holds no secret and nothing that was said, and no escape sequence', () => {
    const { io, err } = fakeIo({});
    io.keepSecret('canary-1234567890');
    const log = openLog({ logLevel: 'debug', logFile: undefined }, io);
    log.info({ apiKey: 'other-canary', text: 'what I said', event: { transcript: 'what I said' }, url: 'http://x/?k=canary-1234567890' }, 'peer \u001b[2J\u202e10.0.0.1');
    log.error({ err: new Error('401 canary-1234567890') }, 'refused');
    expect(err()).not.toMatch(/canary|what I said|\u001b|\u202e/);
    expect(err()).toContain('peer 10.0.0.1');
  });

  it.each([[false, 'debug'], [true, 'info']] as const)('says of tools that they were used, and with transcripts (%s) what they were given and gave', (logTranscripts, logLevel) => {
    const { io, err } = fakeIo();
    const note = eventLog(openLog({ logLevel, logFile: undefined, logTranscripts }, io), { logTranscripts });
    const about = { at: 1, turn: 2, call: 0, tool: 'weather' };
    note({ type: 'tool.called', ...about, args: '{"city":"Rome"}' });
    note({ type: 'tool.done', ...about, ok: false, ms: 7, result: 'no such city' });
    expect(err()).toMatch(/tool\.called .*tool=weather.*\n.*tool\.done .*tool=weather.* ok=false ms=7/);
    expect(err().includes('Rome')).toBe(logTranscripts);
    expect(err().includes('no such city')).toBe(logTranscripts);
  });

  it('goes to the end of a file that is asked for, and nowhere else', () => {
    const { io, err } = fakeIo();
    const logFile = join(folder, 'own.log');
    openLog({ logLevel: 'info', logFile }, io).info('first');
    openLog({ logLevel: 'info', logFile }, io).info('second');
    expect(readFileSync(logFile, 'utf8')).toMatch(/first\n.*second\n$/);
    expect(err()).toBe('');
  });

  it('cannot go to a file that cannot be opened', () => {
    const { io } = fakeIo();
    expect(() => openLog({ logLevel: 'info', logFile: folder }, io)).toThrow(expect.objectContaining({ kind: 'config', code: 'log-file' }) as Error);
  });
});
