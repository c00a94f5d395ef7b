import { openSync, writeSync } from 'node:fs';
import { pino } from 'pino';
import { SpeechError } from '../src/errors.js';
import type { ServerSettings } from '../src/config/settings.js';
import { sanitise } from '../src/sanitise.js';
import type { Io } from './io.js';
import { clock } from './views/clock.js';

/** `log.info({ port: 12345 }, 'listening')`; an error goes in as `err`. */
export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Fields that may hold what people said, or keys. They are not logged, whoever passes them; what was said is, if asked for. */
const said = ['text', 'transcript', 'args', 'result'];
const unlogged = ['prompt', 'messages', 'apiKey', 'responsesApiApiKey', 'authorization'];

/** What a log is opened by; a client has no transcripts. */
export type LogSettings = Pick<ServerSettings, 'logLevel' | 'logFile'> & Partial<Pick<ServerSettings, 'logTranscripts'>>;

/**
 * Opens the log: readable lines on stderr, or at the end of the log file.
 *
 * @param told takes the lines instead of stderr
 * @throws SpeechError of kind `config` when the log file cannot be opened.
 */
export function openLog(settings: LogSettings, io: Pick<Io, 'stderr' | 'redact'>, told = (line: string): void => void io.stderr.write(`${line}\n`)): Log {
  const hidden = settings.logTranscripts ? unlogged : [...unlogged, ...said];
  const write = settings.logFile === undefined ? told : appendTo(settings.logFile, io);
  return pino(
    {
      level: settings.logLevel === 'warning' ? 'warn' : settings.logLevel,
      base: null,
      redact: { paths: [...hidden, ...hidden.map((field) => `*.${field}`)], censor: '[not logged]' },
    },
    { write: (entry: string) => write(readable(entry)) },
  );
}

function appendTo(path: string, { redact }: Pick<Io, 'redact'>): (line: string) => void {
  try {
    const file = openSync(path, 'a', 0o600);
    return (line) => void writeSync(file, `${redact(line)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpeechError(`the log file ${path} cannot be opened: ${reason}`, {
      kind: 'config', code: 'log-file', hint: 'Choose another with --log_file.', cause: error,
    });
  }
}

const names: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'error' };

/** One entry of pino as one line: `12:03:33 info     listening port=12345`. */
function readable(entry: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(entry) as { level: number; time: number; msg?: string; err?: { message?: string; stack?: string } };
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const why = err?.message === undefined || err.message === msg ? [] : [`(${err.message})`];
  const line = [clock(time), (names[level] ?? 'info').padEnd(7), msg ?? '', ...why, ...rest].filter((part) => part !== '').join(' ');
  return sanitise(line);
}
