import { basename, resolve } from 'node:path';
import { concatMap, EMPTY, lastValueFrom, Subject, takeUntil, tap } from 'rxjs';
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
import { openScreen, settledUi } from '../screen.js';
import type { ReplayNews } from '../views/app-event.js';
import { turnLanes } from '../views/turn-lanes.js';
import { stopped } from './life.js';
import { newPlayer, type Player, type Span, type Steering } from './player.js';

/**
 * Shows a recording again: as it happened, as marble diagrams, or compared with what happens when it is held once more.
 *
 * @throws SpeechError of kind `config` where it cannot be read, or has no such turn.
 */
export async function replay(path: string, asked: ReplaySettings, io: Io): Promise<number> {
  const write = (line: string): void => void io.stdout.write(`${line}\n`);
  if (asked.rerun) {
    const comparison = await compareRerun(path);
    comparisonLines(comparison).forEach(write);
    return comparison.same ? exitCodes.ok : exitCodes.error;
  }
  const events = (await readEvents(path)).map(({ event }) => event);
  const span = spanOf(events, asked);
  if (asked.marbles) {
    const drawn = turnLanes(events).filter(({ from: began }) => began >= span.from && began <= span.until);
    if (drawn.length === 0) throw nothingThere('nobody speaks in that part of the recording');
    write(drawn.map(({ title, lanes, legend, from: began, until }) => [title, '', timeline(lanes, { from: began, until }), '', ...legend].join('\n')).join('\n\n'));
    return exitCodes.ok;
  }
  await play(newPlayer(basename(resolve(path)), events, span, asked.speed), settledUi(asked, io), io);
  return exitCodes.ok;
}

/** On a dashboard it stays when it is over, to be read and to be gone back in; lines end with the recording. */
async function play(player: Player, settings: ReplaySettings, io: Io): Promise<void> {
  const isDashboard = settings.ui === 'tui';
  const steering = new Subject<Steering>();
  const { show, close } = await openScreen(settings, io, {
    place: 'replay',
    now: player.now,
    controls: {
      pause: () => steering.next({ type: 'pause' }),
      seek: (seconds) => steering.next({ type: 'seek', by: 1_000 * seconds }),
      speed: (times) => steering.next({ type: 'speed', times }),
    },
  });
  const events = player.play(isDashboard ? steering : EMPTY).pipe(
    concatMap((event) => (event.type === 'replay' && !isDashboard ? snapshotOf(event) : [event])),
    takeUntil(stopped(io.signal)),
  );
  await lastValueFrom(events.pipe(tap(show)), { defaultValue: undefined }).finally(close);
}

/** What was before the beginning, for those who are told one thing after the other. */
function snapshotOf({ past = [], at }: ReplayNews): ToldEvent[] {
  const snapshot = newSnapshot();
  past.forEach(snapshot.note);
  const events = snapshot.events();
  return events.length === 0 ? [] : [{ type: 'snapshot', events, at }];
}

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
