import { asyncScheduler, concat, connect, defer, EMPTY, endWith, filter, ignoreElements, map, merge, mergeMap, NEVER, of, race, ReplaySubject, share, switchMap, take, takeUntil, tap, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { conversation, type ConversationEvent, type ConversationOptions } from './conversation.js';
import type { Warning } from './events.js';
import { ends } from './metrics.js';
import type { Recorder, RecordingNews } from './recording/recorder.js';
import type { Address, DoorNews } from './transports/connection.js';

/** News of the server itself. */
export type DoorEvent =
  | { readonly type: 'serving'; readonly recv: Address; readonly send: Address }
  /** One half of a client is there, and what it lacks has not come. */
  | { readonly type: 'waiting'; readonly peer: string; readonly lacks: 'microphone' | 'reply' }
  /**
   * A client is heard; `paired` where its reply port is there, too, and it would hear an answer; `interruptible` where it is heard
   * while it is answered as well.
   */
  | { readonly type: 'connected'; readonly session: number; readonly peer: string; readonly paired: boolean; readonly interruptible?: true }
  /** Its reply port has come after its microphone. */
  | { readonly type: 'paired'; readonly session: number; readonly peer: string }
  | { readonly type: 'disconnected'; readonly session: number; readonly peer: string; readonly reason: string }
  | { readonly type: 'refused'; readonly peer: string; readonly code: string; readonly reason: string }
  /** `nobody-asked`: something was typed to a session that is none, or while there was none at all. */
  | Warning;

/** Everything that happens on a server: news of its doors, and of its conversations with their number. */
export type ServerEvent = (DoorEvent & { readonly at: number }) | ((ConversationEvent | RecordingNews) & { readonly session: number });

type Connected = Extract<DoorNews, { readonly type: 'connected' }>;

export interface ServerOptions extends ConversationOptions {
  /** Where clients come from: `listenTcp(…)`. */
  readonly doors: Observable<DoorNews>;
  /** Ends the answers under way: of the session with that number, or of all. @default never */
  readonly cancel?: Observable<{ readonly session?: number }>;
  /** Keeps what is said: see `recorder`. @default nothing is kept */
  readonly record?: Recorder;
  /** Questions that are typed: to the session with that number, or to all. @default never */
  readonly typed?: Observable<{ readonly session?: number; readonly text: string }>;
  /** When it emits, no new turn begins: the server completes once the answer under way has been sent. */
  readonly drain?: Observable<unknown>;
  /** The longest time (ms) to wait for that answer. @default 10_000 */
  readonly drainTimeout?: number;
}

/** Serves clients until it is unsubscribed or drained: connections, a session each, and the answers back. */
export function serve(options: ServerOptions): Observable<ServerEvent> {
  const { doors, cancel = NEVER, typed = NEVER, drain = NEVER, drainTimeout = 10_000, record, bargeIn = false, scheduler = asyncScheduler } = options;
  return defer(() => {
    let sessions = 0;
    /** Sessions that owe an answer. */
    const answering = new Set<number>();
    const present = new Set<number>();
    const at = (news: DoorEvent): ServerEvent => ({ ...news, at: scheduler.now() });

    const visit = ({ connection, paired }: Connected, news: Observable<DoorNews>): Observable<ServerEvent> => {
      const number = ++sessions;
      const { peer } = connection;
      const own = news.pipe(filter((other) => 'connection' in other && other.connection === connection));
      const gone = own.pipe(
        filter((other) => other.type === 'disconnected'),
        take(1),
        share({ connector: () => new ReplaySubject(1), resetOnComplete: false, resetOnRefCountZero: false }),
      );
      const joined = own.pipe(filter((other) => other.type === 'paired'), map(() => at({ type: 'paired', session: number, peer })));
      const asked = cancel.pipe(filter(({ session = number }) => session === number), map(() => 'asked' as const));
      const questions = typed.pipe(filter(({ session = number }) => session === number), map(({ text }) => text));
      const kept = record?.(number);
      const converse = kept?.converse ?? conversation;
      const events = concat(
        of(at({ type: 'connected', session: number, peer, paired, ...(bargeIn && { interruptible: true }) })),
        merge(converse(connection, gone, asked, { ...options, session: { ...options.session, typed: questions } }).pipe(map((event) => ({ ...event, session: number }))), joined.pipe(takeUntil(gone))),
        gone.pipe(map(({ reason }) => at({ type: 'disconnected', session: number, peer, reason }))),
      );
      return kept === undefined ? events : kept.keep(events);
    };
    const open = (news: DoorNews, all: Observable<DoorNews>): Observable<ServerEvent> => {
      switch (news.type) {
        case 'bound':
          return of(at({ type: 'serving', recv: news.recv, send: news.send }));
        case 'refused':
        case 'waiting':
          return of(at(news));
        case 'connected':
          return visit(news, all);
        case 'paired':
        case 'disconnected':
          return EMPTY;
      }
    };

    const inVain = typed.pipe(
      filter(({ session }) => (session === undefined ? present.size === 0 : !present.has(session))),
      map(() => at({ type: 'warning', code: 'nobody-asked', message: 'What was typed reached nobody: there is no client to answer.' })),
    );

    return doors.pipe(
      connect((all) => all.pipe(mergeMap((news) => open(news, all)))),
      tap((event) => {
        if (event.type === 'connected') present.add(event.session);
        if (event.type === 'disconnected') present.delete(event.session);
        if (event.type === 'typed' || (event.type === 'speech.stopped' && event.accepted)) answering.add(event.session);
        else if (event.type === 'disconnected' || ('turn' in event && ends(event))) answering.delete(event.session);
      }),
      connect((events) => merge(events, inVain.pipe(takeUntil(events.pipe(ignoreElements(), endWith('over')))))),
      connect((events) => {
        const quiet = defer(() => (answering.size === 0 ? of(true) : events.pipe(filter(() => answering.size === 0))));
        return events.pipe(takeUntil(drain.pipe(take(1), switchMap(() => race(quiet, timer(drainTimeout, scheduler))))));
      }),
    );
  });
}
