import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wavHead } from '../audio/wav.js';
import { SpeechError } from '../errors.js';
import type { ToldEvent } from '../event-schema.js';
import { parseLine } from '../transports/events/parse.js';
import { readEvent } from '../transports/events/read-event.js';
import type { Input } from './door.js';
import { FILES, readHeader, readInput, RECORDING_VERSION, type Header, type Over, type Take } from './format.js';

/** What happened, as it was written down. */
export interface RecordedEvent { readonly line: string; readonly event: ToldEvent }

/** Everything that is needed to hold a conversation again. */
export interface RecordedInputs {
  readonly header: Header;
  readonly inputs: readonly Input[];
  /** How it ended; undefined where the recording was cut off. */
  readonly over: Over | undefined;
  /** Bytes that were sent to the client. */
  readonly reply: Uint8Array;
}

/**
 * The events of a recording: of its folder, or of any file with a line of JSON for each. What is no event that is known here
 * becomes `unknown`; a last line that was cut off is left out.
 *
 * @throws SpeechError of kind `config`: `recording-unreadable`, `recording-empty`.
 */
export async function readEvents(path: string): Promise<RecordedEvent[]> {
  const file = isFolder(path) ? inFolder(path, FILES.events) : path;
  const lines = linesOf(await bytesOf(file));
  let at = 0;
  const events = lines.map((line) => {
    const event = readEvent(line, at);
    at = event.at;
    return { line: Buffer.from(line).toString(), event };
  });
  if (events.every(({ event }) => event.type === 'unknown')) {
    throw damaged('recording-empty', `${file} holds no events`, 'A recording is the folder that --record has made, or what --ui json has printed.');
  }
  return events;
}

/**
 * What a conversation had to go by. A recording that was cut off ends with what is there of it.
 *
 * @throws SpeechError of kind `config`: `recording-unreadable`, `recording-damaged` with the line, `recording-newer`.
 */
export async function readInputs(folder: string): Promise<RecordedInputs> {
  if (!isFolder(folder)) throw damaged('recording-unreadable', `${folder} is a file`, 'To run it again takes the whole folder that --record has made.');
  const path = inFolder(folder, FILES.inputs);
  const [microphone, voice, reply] = await Promise.all([samplesOf(folder, FILES.microphone), samplesOf(folder, FILES.voice), samplesOf(folder, FILES.reply)]);
  const [first, ...lines] = linesOf(await bytesOf(path));
  const header = readHeader(valueOf(first));
  if (header === undefined) throw damaged('recording-damaged', `line 1 of ${path} does not say what it is`, 'The folder was not made by --record, or was changed.');
  if (header.recording > RECORDING_VERSION) {
    throw damaged('recording-newer', `${path} was recorded in version ${header.recording} of the format, and this program knows ${RECORDING_VERSION}`, 'Use the program that has recorded it, or a newer one.');
  }
  const takes = [taking(microphone), taking(voice)] as const;
  const inputs: Input[] = [];
  for (const [index, line] of lines.entries()) {
    const input = readInput(valueOf(line), header.at, ...takes);
    if (input === undefined) throw damaged('recording-damaged', `line ${index + 2} of ${path} cannot be read`, 'It can still be shown, without --rerun.');
    if (input === 'cut') break;
    if ('over' in input) return { header, inputs, over: input, reply };
    inputs.push(input);
  }
  return { header, inputs, over: undefined, reply };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function inFolder(folder: string, name: string): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  if (name === FILES.inputs && existsSync(join(folder, FILES.events))) {
    throw damaged('recording-unreadable', `${folder} was begun in the middle of a session, and does not tell what was before`, 'It can be shown, without --rerun.');
  }
  const inside = readdirSync(folder).filter((one) => existsSync(join(folder, one, name))).sort();
  const last = inside.at(-1);
  throw damaged('recording-unreadable', `${folder} holds no ${name}`, last === undefined
    ? 'A recording is one of the folders in the one that --record names.'
    : `It holds ${inside.length === 1 ? 'a recording' : `${inside.length} recordings, of which the last is`}: ${join(folder, last)}`);
}

async function bytesOf(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw damaged('recording-unreadable', `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, 'Check the path after replay.', cause);
  });
}

const LF = 10;

/** Whole lines only: what stands after the last of them was cut off. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0, end = bytes.indexOf(LF); end >= 0; from = end + 1, end = bytes.indexOf(LF, from)) {
    if (end > from) lines.push(bytes.subarray(from, end));
  }
  return lines;
}

function valueOf(line: Uint8Array | undefined): unknown {
  const parsed = line === undefined ? undefined : parseLine(line);
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}

/** The samples of a file of ours, also of one whose header was never finished. */
async function samplesOf(folder: string, name: string): Promise<Uint8Array> {
  const bytes = await bytesOf(join(folder, name));
  const head = wavHead(bytes, name);
  return head === undefined ? new Uint8Array(0) : bytes.subarray(head.start, head.end === Infinity ? undefined : head.end);
}

function taking(bytes: Uint8Array): Take {
  let from = 0;
  return (count) => {
    if (from + count > bytes.length) return undefined;
    from += count;
    return bytes.subarray(from - count, from);
  };
}

function damaged(code: string, message: string, hint: string, cause?: unknown): SpeechError {
  return new SpeechError(message, { kind: 'config', code, hint, ...(cause !== undefined && { cause }) });
}
