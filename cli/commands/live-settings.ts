import { isDeepStrictEqual } from 'node:util';
import { BehaviorSubject, catchError, combineLatest, concatMap, debounceTime, defer, distinctUntilChanged, EMPTY, filter, finalize, from, ignoreElements, map, merge, of, Subject, switchMap, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import type { ChildNews } from '../../src/engines/child-news.js';
import { chooseEngines, chosenFor, type Chosen } from '../../src/engines/choose-engines.js';
import { crashes } from '../../src/engines/load-engines.js';
import { replaceable } from '../../src/engines/replaceable.js';
import type { ModelFiles } from '../../src/engines/row.js';
import type { Engines } from '../../src/engines.js';
import { asSpeechError } from '../../src/errors.js';
import type { SessionChange } from '../../src/session-options.js';
import type { Command } from '../../src/transports/events/commands.js';
import type { AppEvent } from '../views/app-event.js';
import { beside } from './beside.js';
import { changeable, changeTo, UNSET, valuesOf, type Speaking, type Values } from './changeable.js';
import { engineSettings } from './conversation.js';

/** A server that is ready to serve. */
export interface Ready {
  readonly engines: Engines;
  readonly files: ModelFiles;
  /** Whether its answers can be interrupted. */
  readonly interruptible: boolean;
}

/** What it is to serve with, so that its settings can be changed meanwhile: `changes` is for each session, from its beginning on. */
export interface Live {
  readonly engines: Engines;
  readonly changes: Observable<SessionChange>;
}

/** ms without a key before another voice is loaded, which takes seconds and memory. */
const SETTLED = 300;
/** The settings that another voice has to be loaded for. */
const SPOKEN = ['voice', 'speed'];

/**
 * Serves while commands change settings, and tells of both. A change holds in every session from its next turn on, and in
 * those to come; another voice is spoken with as soon as it is loaded, from the next sentence on. One that cannot be loaded is not taken.
 */
export function withLiveSettings(settings: ServerSettings, commands: Observable<Command>, ready: Ready, serve: (live: Live) => Observable<AppEvent>): Observable<AppEvent> {
  const [voice, ...others] = chosenFor('tts', chooseEngines(engineSettings(settings)));
  // Of several voices one takes over for another, and a name would be that of one of them only.
  const speaking: Observable<Speaking> = others.length > 0 ? of({ voices: [], speed: false }) : defer(() => speakingOf(voice, ready.files));
  return speaking.pipe(switchMap((can) => {
    const rows = new BehaviorSubject(changeable(settings, can, ready.interruptible));
    const original = spokenIn(valuesOf(rows.value));
    /** What is spoken with, which follows what is wanted. */
    const spoken = new BehaviorSubject(original);
    const voices = replaceable(ready.engines.tts);
    const children = new Subject<ChildNews>();
    const warnings = new Subject<AppEvent>();
    const warn = (code: string, message: string): void => warnings.next({ type: 'warning', code, message, at: Date.now() });

    const set = ({ name, value }: Extract<Command, { readonly type: 'set' }>): void => {
      const row = rows.value.find((one) => one.name === name);
      if (row?.choices.includes(value) === true) rows.next(rows.value.map((one) => (one === row ? { ...row, value } : one)));
      else warn('not-changeable', row === undefined ? 'There is no setting of that name that can be changed while the program runs.' : `${name} can be ${row.choices.join(', ')}.`);
    };
    const load = (wanted: Values): Observable<never> => {
      const loading = isSame(wanted, original) ? of(ready.engines.tts) : voice.row.load(
        { ...voice.options, voice: wanted['voice'] === UNSET ? undefined : wanted['voice'] ?? voice.options.voice, speed: wanted['speed'] === original['speed'] ? voice.options.speed : Number(wanted['speed']) },
        ready.files, (news) => children.next(news),
      );
      return voices.replace(loading).pipe(
        tap({ complete: () => spoken.next(wanted) }),
        catchError((thrown: unknown) => {
          const { code, message, hint = '' } = asSpeechError(thrown, { kind: 'stage', stage: 'tts', code: 'tts-load-failed' });
          warn(code, `The voice stays as it was: ${message} ${hint}`.trim());
          rows.next(rows.value.map((row) => ({ ...row, value: spoken.value[row.name] ?? row.value })));
          return EMPTY;
        }),
      );
    };

    const state = combineLatest([rows, spoken]);
    const changes = state.pipe(
      map(([all, voiced]) => changeTo({ ...valuesOf(all), ...voiced }, all, settings)),
      distinctUntilChanged(isSame),
      // One that begins as the program was started has nothing to go over to.
      filter(({ differs = {} }, index) => index > 0 || Object.keys(differs).length > 0),
    );
    const news: Observable<AppEvent> = merge(
      state.pipe(
        map(([all, voiced]) => all.map((row) => ({ ...row, ...((voiced[row.name] ?? row.value) !== row.value && { pending: true as const }) }))),
        map((all): AppEvent => ({ type: 'settings', settings: all, at: Date.now() })),
      ),
      warnings,
      children.pipe(crashes(), concatMap((news): AppEvent[] => (news.type === 'warning' || news.type === 'notice' ? [{ ...news, at: Date.now() }] : []))),
      rows.pipe(map((all) => spokenIn(valuesOf(all))), distinctUntilChanged(isSame), debounceTime(SETTLED), switchMap((wanted) => (isSame(wanted, spoken.value) ? EMPTY : load(wanted)))),
      commands.pipe(tap((command) => (command.type === 'set' ? set(command) : undefined)), ignoreElements()),
    );
    return serve({ engines: { ...ready.engines, tts: voices.tts }, changes }).pipe(
      beside(news),
      finalize(voices.close),
    );
  }));
}

const isSame = <T>(one: T, other: T): boolean => isDeepStrictEqual(one, other);
const spokenIn = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([name]) => SPOKEN.includes(name)));

/** The voices that can be had without fetching anything, and whether the speed makes a difference. */
function speakingOf({ name, row, options }: Chosen<'tts'>, files: ModelFiles): Observable<Speaking> {
  const speed = name !== 'command' || options.ttsCommand?.includes('{speed}') === true;
  if (row.voices === undefined) return of({ voices: [], speed });
  return from(Promise.resolve(row.voices(options))).pipe(
    map((voices) => ({ usual: row.voice, voices: voices.filter(({ model }) => model === undefined || files[model] !== undefined).map((one) => one.name), speed })),
    // An engine that cannot list its voices can speak all the same.
    catchError(() => of({ voices: [], speed })),
  );
}
