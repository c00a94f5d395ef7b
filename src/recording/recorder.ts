import { concatMap, defer, distinctUntilChanged, endWith, finalize, ignoreElements, merge, of, Subject, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { conversation } from '../conversation.js';
import type { NewsEvent, ToldEvent } from '../event-schema.js';
import { newSnapshot } from '../transports/events/snapshot.js';
import { connectionBehind, conversationBehind } from './conversation-behind.js';
import { notingDoor, openDoor } from './door.js';
import { headerLine, type Over } from './format.js';
import { makeFolder, takeFiles, type TakeFiles, type TakeOptions } from './take-files.js';

/** That a session is being recorded, or no more. */
export type RecordingNews = Extract<ToldEvent, { type: 'recording' | 'warning' }> & { readonly session: number };

/** Keeps one session, from the coming of its client to its going. */
export interface Take {
  /** Holds the conversation and keeps what it learns and sends. */
  readonly converse: typeof conversation;
  /** Keeps the events of the session, and tells among them that it does. */
  readonly keep: <E extends NewsEvent>(events: Observable<E>) => Observable<E | RecordingNews>;
}

/** Begins to record the session of that number. */
export type Recorder = (session: number) => Take;

export interface RecorderOptions extends TakeOptions {
  /** Where a folder is made for each session. */
  readonly folder: string;
  /** Whether it records, from now on: a session that is under way, too. Begins with what is the case when it is subscribed. @default always */
  readonly on?: Observable<boolean>;
  /** Told of the end of a recording where nobody listens to the session any more, to whom it would be an event. */
  readonly onLeft?: (news: RecordingNews) => void;
}

/**
 * Records sessions: a folder each, named by time, with the audio of both directions, the events, and all that is needed to hold
 * the conversation again with the same outcome; that is not there where it began in the middle of one. Folder and files are for their owner only. What
 * cannot be written is told of, as a warning and as `recording` that is off; the conversation goes on.
 */
export function recorder(options: RecorderOptions): Recorder {
  const { on = of(true), onLeft = () => undefined } = options;
  return (session) => {
    const news = new Subject<RecordingNews>();
    /** What a recording that begins later has to tell first. */
    const past = newSnapshot();
    let [wanted, present] = [false, false];
    let files: TakeFiles | undefined;
    let [folder, since] = [options.folder, 0];
    let end: (over: Over['over']) => void = () => undefined;

    const warning = (code: string, message: string): RecordingNews => ({ type: 'warning', session, code, message, at: Date.now() });
    const amount = (): { ms: number; bytes: number } => ({ ms: Math.max(0, Date.now() - since), bytes: files?.bytes() ?? 0 });
    const recording = (is: boolean, more: { readonly reason?: string; readonly ms?: number; readonly bytes?: number } = {}): RecordingNews => ({ type: 'recording', session, on: is, folder, ...more, at: Date.now() });

    const begin = (isWhole: boolean): RecordingNews => {
      try {
        folder = makeFolder(options.folder, session);
        files = takeFiles(folder, isWhole, options, stop);
        since = Date.now();
        return recording(true);
      } catch (error) {
        return warning('recording-failed', `This session is not recorded: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    const finish = (reason?: string): RecordingNews | undefined => {
      if (files === undefined) return undefined;
      const told = recording(false, { ...amount(), ...(reason !== undefined && { reason }) });
      const finishing = files;
      end('stopped');
      files = undefined;
      finishing.event(told);
      finishing.finish();
      return told;
    };
    const stop = (reason: string): void => {
      const told = finish(reason);
      if (told === undefined) return;
      news.next(warning('recording-stopped', `The recording of this session was stopped: ${reason}. The conversation goes on.`));
      news.next(told);
    };
    const change = (is: boolean): void => {
      wanted = is;
      if (!present) return;
      const told = is ? begin(false) : finish();
      if (told === undefined) return;
      files?.event({ type: 'snapshot', events: past.events(), at: Date.now() });
      files?.event(told);
      news.next(told);
    };

    function* kept<E extends NewsEvent>(event: E): Generator<E | RecordingNews> {
      past.note(event);
      const begun = event.type === 'connected' && wanted ? begin(true) : undefined;
      present ||= event.type === 'connected';
      files?.event(event);
      if (event.type === 'disconnected') {
        present = false;
        const ended = finish();
        if (ended !== undefined) yield ended;
      }
      yield event;
      if (begun !== undefined) {
        files?.event(begun);
        yield begun;
      }
      if (event.type === 'wire' && files !== undefined) yield recording(true, amount());
    }

    return {
      converse: (connection, gone, cancel, settings) => defer(() => {
        if (files === undefined) {
          const heard = connectionBehind(openDoor((bytes) => files?.microphone(bytes)), connection, (bytes) => files?.reply(bytes));
          return conversation(heard, gone, cancel, settings);
        }
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
      keep: (events) => merge(
        news,
        on.pipe(distinctUntilChanged(), tap(change), ignoreElements(), takeUntil(news.pipe(ignoreElements(), endWith(true)))),
        events.pipe(concatMap(kept), finalize(() => {
          const left = finish();
          if (left !== undefined) onLeft(left);
          news.complete();
        })),
      ),
    };
  };
}
