import { concatMap, defer, delay, from, lastValueFrom, of, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { timeline } from '../../operators/testing/timeline.js';
import type { ReplaySettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import type { ToldEvent } from '../../src/event-schema.js';
import { compareRerun, type Comparison } from '../../src/recording/compare-rerun.js';
import { readEvents } from '../../src/recording/read-recording.js';
import { sanitise } from '../../src/sanitise.js';
import { newSnapshot } from '../../src/transports/events/snapshot.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { screen } from '../screen.js';
import { turnLanes } from '../views/turn-lanes.js';
import { stopped } from './life.js';

/**
 * Shows a recording again: as it happened, as marble diagrams, or compared with what happens when it is held once more.
 *
 * @throws SpeechError of kind `config` where it cannot be read, or has no such turn.
 */
export async function replay(path: string, settings: ReplaySettings, io: Io): Promise<number> {
  const write = (line: string): void => void io.stdout.write(`${line}\n`);
  if (settings.rerun) {
    const comparison = await compareRerun(path);
    comparisonLines(comparison).forEach(write);
    return comparison.same ? exitCodes.ok : exitCodes.error;
  }
  const events = (await readEvents(path)).map(({ event }) => event);
  const span = spanOf(events, settings);
  if (settings.marbles) {
    const drawn = turnLanes(events).filter(({ from: began }) => began >= span.from && began <= span.until);
    if (drawn.length === 0) throw nothingThere('nobody speaks in that part of the recording');
    write(drawn.map(({ title, lanes, legend, from: began, until }) => [title, '', timeline(lanes, { from: began, until }), '', ...legend].join('\n')).join('\n\n'));
    return exitCodes.ok;
  }
  const show = screen(settings, io);
  // Only lines of text can tell of another time: what counts seconds on a screen, counts them from now.
  const isLive = settings.ui === 'auto' && io.stdout.isTTY === true;
  const shown = played(events, span, settings.speed).pipe(takeUntil(stopped(io.signal)));
  await lastValueFrom(shown.pipe(tap((event) => show(isLive ? asNow(event) : event))), { defaultValue: undefined });
  return exitCodes.ok;
}

interface Span { readonly from: number; readonly until: number }

/** Clock times (ms) between which there is something to show. */
function spanOf(events: readonly ToldEvent[], { from: seconds, turn }: ReplaySettings): Span {
  const from = seconds === 0 ? -Infinity : Math.min(...events.flatMap(({ at }) => (at > 0 ? [at] : []))) + 1_000 * seconds;
  if (turn === undefined) {
    if (events.every(({ at }) => at < from)) throw nothingThere(`the recording is over before ${seconds} s`);
    return { from, until: Infinity };
  }
  const own = turnLanes(events).find(({ from: began, turn: number }) => number === turn && began >= from);
  if (own === undefined) throw nothingThere(`the recording has no turn ${turn}`);
  return own;
}

/** The events of a span at the pace at which they came; what was before it comes as a snapshot. */
function played(events: readonly ToldEvent[], { from: begin, until }: Span, speed: number): Observable<ToldEvent> {
  return defer(() => {
    const past = newSnapshot();
    events.filter(({ at }) => at < begin).forEach(past.note);
    const held = past.events();
    const snapshot: readonly ToldEvent[] = held.length === 0 ? [] : [{ type: 'snapshot', events: held, at: begin }];
    const shown = events.filter(({ at }) => at >= begin && at <= until);
    let last = shown[0]?.at ?? begin;
    return from([...snapshot, ...shown]).pipe(concatMap((event) => {
      const wait = speed === Infinity ? 0 : (event.at - last) / speed;
      last = Math.max(last, event.at);
      return wait > 0 ? of(event).pipe(delay(wait)) : of(event);
    }));
  });
}

/** The event as if it happened now. */
function asNow(event: ToldEvent): ToldEvent {
  const now = Date.now();
  const later = now - event.at;
  const moved = { ...event, at: now };
  if (moved.type === 'speech.stopped') return { ...moved, lastVoicedAt: moved.lastVoicedAt + later };
  if (moved.type === 'reply.audio' && moved.sentAt !== undefined) return { ...moved, sentAt: moved.sentAt + later };
  if (moved.type === 'snapshot') return { ...moved, events: moved.events.map((one) => ({ ...one, at: one.at + later })) };
  return moved;
}

function comparisonLines({ same, events, cut, difference, byte }: Comparison): string[] {
  const note = cut ? ['The recording was cut off; this is what there is of it.'] : [];
  if (same) return [`${events} events, the same byte for byte, and the same audio for the client.`, ...note];
  if (difference === undefined) return [`${events} events, the same byte for byte, but not the same audio for the client: byte ${byte ?? 0} is another.`, ...note];
  const shown = (line: string | undefined): string => (line === undefined ? '(nothing more)' : sanitise(line));
  return [
    `Event ${difference.index + 1} is another; the ${events} before it are the same.`,
    ...difference.before.map((line) => `  ${shown(line)}`),
    `- ${shown(difference.recorded)}`,
    `+ ${shown(difference.again)}`,
    'The first (-) is what was recorded, the second (+) what happens now.', ...note,
  ];
}

function nothingThere(message: string): SpeechError {
  return new SpeechError(message, { kind: 'config', code: 'nothing-to-show', hint: 'Without --from and --turn all of it is shown.' });
}
