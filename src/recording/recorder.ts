import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { concatMap, defer, finalize, merge, Subject, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { wavHeader } from '../audio/wav.js';
import { int16ToBytes } from '../audio/pcm.js';
import { conversation } from '../conversation.js';
import { EVENTS_VERSION, type ToldEvent } from '../event-schema.js';
import { jsonLine } from '../json-line.js';
import { conversationBehind } from './conversation-behind.js';
import { notingDoor, type Input } from './door.js';
import { FILES, headerLine, inputLine, type Over } from './format.js';
import { growingFile, type GrowingFile } from './growing-file.js';

/** That a session is being recorded, or no more. */
export type RecordingNews = Extract<ToldEvent, { type: 'recording' | 'warning' }> & { readonly session: number };

/** Keeps one session, from the coming of its client to its going. */
export interface Take {
  /** Holds the conversation and keeps what it learns and sends. */
  readonly converse: typeof conversation;
  /** Keeps the events of the session, and tells among them that it does. */
  readonly keep: <E extends { readonly type: string; readonly at: number }>(events: Observable<E>) => Observable<E | RecordingNews>;
}

/** Begins to record the session of that number. */
export type Recorder = (session: number) => Take;

export interface RecorderOptions {
  /** Where a folder is made for each session. */
  readonly folder: string;
  /** Who records, for `hello`. */
  readonly program: { readonly name: string; readonly version: string };
  /** Bytes of one session, at which recording stops. @default Infinity */
  readonly most?: number;
  /** Takes secrets out of a line. @default nothing is taken out */
  readonly redact?: (line: string) => string;
}

/**
 * Records sessions: a folder each, named by time, with the audio of both directions, the events, and all that is needed to hold
 * the conversation again with the same outcome. Folder and files are for their owner only. What cannot be written is told
 * of, as a warning and as `recording` that is off; the conversation goes on.
 */
export function recorder(options: RecorderOptions): Recorder {
  return (session) => {
    const news = new Subject<RecordingNews>();
    let files: TakeFiles | undefined;
    let folder = options.folder;
    let end: (over: Over['over']) => void = () => undefined;

    const on = (is: boolean, reason?: string): RecordingNews => ({ type: 'recording', session, on: is, folder, ...(reason !== undefined && { reason }), at: Date.now() });
    const stop = (reason: string): void => {
      if (files === undefined) return;
      const stopping = files;
      end('stopped');
      files = undefined;
      stopping.finish();
      news.next({ type: 'warning', session, code: 'recording-stopped', message: `The recording of this session was stopped: ${reason}. The conversation goes on.`, at: Date.now() });
      news.next(on(false, reason));
    };
    const begin = (): RecordingNews => {
      try {
        folder = makeFolder(options.folder, session);
        files = takeFiles(folder, options, stop);
        return on(true);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { type: 'warning', session, code: 'recording-failed', message: `This session is not recorded: ${reason}`, at: Date.now() };
      }
    };

    return {
      converse: (connection, gone, cancel, settings) => defer(() => {
        if (files === undefined) return conversation(connection, gone, cancel, settings);
        const door = notingDoor((input) => files?.input(input), settings.scheduler);
        const start = door.scheduler.now();
        files.begin(start, headerLine(start, session, settings));
        let told = 0;
        end = (over) => {
          files?.line(JSON.stringify({ t: door.scheduler.now() - start, over, events: told } satisfies Over));
          end = () => undefined;
        };
        return conversationBehind(door, connection, gone, cancel, settings, (bytes) => files?.reply(bytes)).pipe(
          tap({ next: () => (told += 1), complete: () => end('complete'), unsubscribe: () => end('left') }),
        );
      }),
      keep: (events) => defer(() => {
        const begun = begin();
        const kept = events.pipe(
          concatMap((event) => (event.type === 'connected' ? [event, begun] : [event])),
          tap((event) => files?.event(event)),
          finalize(() => {
            files?.finish();
            files = undefined;
            news.complete();
          }),
        );
        return merge(kept, news);
      }),
    };
  };
}

/** The folder of a session, which nobody else can look into. */
function makeFolder(parent: string, session: number): string {
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

interface TakeFiles {
  readonly begin: (start: number, header: string) => void;
  readonly input: (input: Input) => void;
  /** A line of the inputs. */
  readonly line: (line: string) => void;
  readonly event: (event: { readonly type: string; readonly at: number }) => void;
  readonly reply: (bytes: Uint8Array) => void;
  readonly finish: () => void;
}

function takeFiles(folder: string, { program, most = Infinity, redact = (line: string) => line }: RecorderOptions, stop: (reason: string) => void): TakeFiles {
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
    const [microphone, reply, voice] = [wav(FILES.microphone), wav(FILES.reply), wav(FILES.voice)];
    const [events, inputs] = [ndjson(FILES.events), ndjson(FILES.inputs)];
    const enough = (): void => {
      if (size > most) stop(`it has reached ${Math.round(most / 1_000_000)} MB, the most that --record_max_mb allows`);
    };
    const hello: ToldEvent = { type: 'hello', version: EVENTS_VERSION, program, at: Date.now() };
    events(jsonLine(hello));
    return {
      begin: (at, header) => {
        start = at;
        inputs(header);
      },
      input: (input) => {
        if ('value' in input && input.value instanceof Uint8Array) microphone(input.value);
        if ('value' in input && input.value instanceof Int16Array) voice(int16ToBytes(input.value));
        inputs(inputLine(input, start));
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
