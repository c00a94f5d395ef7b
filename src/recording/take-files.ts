import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { int16ToBytes } from '../audio/pcm.js';
import { wavHeader } from '../audio/wav.js';
import { EVENTS_VERSION, type NewsEvent, type ToldEvent } from '../event-schema.js';
import { jsonLine } from '../json-line.js';
import type { Input } from './door.js';
import { FILES, inputLine } from './format.js';
import { growingFile, type GrowingFile } from './growing-file.js';

export interface TakeOptions {
  /** Who records, for `hello`. */
  readonly program: { readonly name: string; readonly version: string };
  /** Bytes of one session, at which recording stops. @default Infinity */
  readonly most?: number;
  /** Takes secrets out of a line. @default nothing is taken out */
  readonly redact?: (line: string) => string;
}

/** The files of a recording that is being made. */
export interface TakeFiles {
  /** Bytes that were written so far. */
  readonly bytes: () => number;
  /** The first line of the inputs, and the clock time (ms) from which theirs is counted. */
  readonly begin: (start: number, header: string) => void;
  /** What the conversation has learnt of the world, what came of its microphone included. */
  readonly input: (input: Input) => void;
  /** A line of the inputs. */
  readonly line: (line: string) => void;
  readonly event: (event: NewsEvent) => void;
  readonly microphone: (bytes: Uint8Array) => void;
  readonly reply: (bytes: Uint8Array) => void;
  readonly finish: () => void;
}

/** The folder of a session, which nobody else can look into. */
export function makeFolder(parent: string, session: number): string {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z-session-${session}`;
  for (let again = 1; ; again += 1) {
    const folder = join(parent, again === 1 ? name : `${name}-${again}`);
    try {
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/**
 * Opens the files of a recording: of a whole session, or of what is left of one that is under way, whose inputs would be of no use without those before.
 *
 * @param stop told why there can be no more
 */
export function takeFiles(folder: string, isWhole: boolean, { program, most = Infinity, redact = (line: string) => line }: TakeOptions, stop: (reason: string) => void): TakeFiles {
  let size = 0;
  let start = 0;
  const opened: GrowingFile[] = [];
  const onFailure = (error: Error): void => stop(error.message);
  const file = (name: string, head?: (length: number) => Uint8Array): ((bytes: Uint8Array) => void) => {
    const { append, finish } = growingFile(join(folder, name), { onFailure, ...(head && { head }) });
    opened.push({ append, finish });
    return (bytes) => {
      append(bytes);
      size += bytes.length;
    };
  };
  const wav = (name: string): ((bytes: Uint8Array) => void) => file(name, (length) => wavHeader(length >> 1));
  const ndjson = (name: string): ((line: string) => void) => {
    const append = file(name);
    return (line) => append(Buffer.from(`${redact(line)}\n`));
  };
  const finish = (): void => opened.forEach((one) => one.finish());

  try {
    const [keep, reply, events] = [wav(FILES.microphone), wav(FILES.reply), ndjson(FILES.events)];
    const [voice, inputs] = isWhole ? [wav(FILES.voice), ndjson(FILES.inputs)] : [() => undefined, () => undefined];
    const enough = (): void => {
      if (size > most) stop(`it has reached ${Math.round(most / 1_000_000)} MB, the most that --record_max_mb allows`);
    };
    const hello: ToldEvent = { type: 'hello', version: EVENTS_VERSION, program, at: Date.now() };
    events(jsonLine(hello));
    return {
      bytes: () => size,
      begin: (at, header) => {
        start = at;
        inputs(header);
      },
      input: (input) => {
        if ('value' in input && input.value instanceof Uint8Array) keep(input.value);
        if ('value' in input && input.value instanceof Int16Array) voice(int16ToBytes(input.value));
        if (isWhole) inputs(inputLine(input, start));
        enough();
      },
      microphone: (bytes) => {
        keep(bytes);
        enough();
      },
      line: inputs,
      event: (event) => events(jsonLine(event)),
      reply,
      finish,
    };
  } catch (error) {
    finish();
    throw error;
  }
}
