import { describe, expect, it } from 'vitest';
import { exitCodeOf, printError } from '../../cli/exit.js';
import { SpeechError } from '../../src/errors.js';
import type { ErrorKind } from '../../src/errors.js';
import { fakeIo } from '../fixtures/io.js';

describe('the exit code', () => {
  it.each<[ErrorKind, string, number]>([
    ['net', 'port-in-use', 3], ['net', 'unreachable', 1], ['config', 'bad-setting', 2], ['device', 'no-microphone', 4],
    ['model', 'model-missing', 5], ['stage', 'stt-crashed', 1], ['internal', 'internal', 1],
  ])('of a %s error %s is %i', (kind, code, exit) => {
    expect(exitCodeOf(new SpeechError('it went wrong', { kind, code }))).toBe(exit);
  });

  it('of anything else is 1', () => {
    expect(exitCodeOf(new TypeError('x is not a function'))).toBe(1);
    expect(exitCodeOf('a string')).toBe(1);
  });
});

describe('a printed error', () => {
  const print = (error: unknown, debug = false): string => {
    const { io, err } = fakeIo();
    io.keepSecret('canary-1234567890');
    printError(error, io, debug);
    return err();
  };

  it('is its message and what to do next', () => {
    expect(print(new SpeechError('port 12345 is taken', { kind: 'net', code: 'port-in-use', hint: 'Choose another with --recv_port.' })))
      .toBe('error: port 12345 is taken\nChoose another with --recv_port.\n');
  });

  it('keeps the lines of a longer message', () => {
    expect(print(new SpeechError('two models are missing:\na\nb', { kind: 'model', code: 'model-missing' }))).toBe('error: two models are missing:\na\nb\n');
  });

  it('is harmless and without secrets, whoever worded it', () => {
    const error = new SpeechError('the server said \u001b[2J401 canary-1234567890 and sk-abcdefghijklmnopqrst', { kind: 'stage', code: 'llm-key-refused' });
    expect(print(error)).toBe('error: the server said 401 [secret] and [secret]\n');
  });

  it('shows stacks of the error and its causes only to those who debug', () => {
    const error = new SpeechError('outer', { kind: 'internal', code: 'internal', cause: new Error('inner canary-1234567890') });
    expect(print(error)).not.toContain('    at ');
    const debugged = print(error, true);
    expect(debugged).toContain('    at ');
    expect(debugged).toContain('Error: inner [secret]');
  });
});
