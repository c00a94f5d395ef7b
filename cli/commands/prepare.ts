import { catchError, concat, concatMap, defer, EMPTY, filter, from, ignoreElements, map, merge, of, scan, share, startWith, Subject, switchMap, takeLast, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { abortable } from '../../src/engines/abortable.js';
import { chooseEngines, type Choice } from '../../src/engines/choose-engines.js';
import { loadEngines, type LoadNews } from '../../src/engines/load-engines.js';
import { packageHere } from '../../src/engines/readiness.js';
import { registry } from '../../src/engines/registry.js';
import { settled, type ModelFiles } from '../../src/engines/row.js';
import { buildWhisperNode } from '../../src/engines/stt/whisper-node-build.js';
import type { Engines } from '../../src/engines.js';
import { SpeechError } from '../../src/errors.js';
import { cacheFolder } from '../../src/models/cache.js';
import { findModel } from '../../src/models/catalog.js';
import type { Model } from '../../src/models/model.js';
import { hubModel, isHubModel } from '../../src/models/hub-model.js';
import { hubAddress, isOffline } from '../../src/models/hub-address.js';
import { pull } from '../../src/models/pull.js';
import type { Io } from '../io.js';
import type { AppEvent } from '../views/app-event.js';
import { engineSettings } from './conversation.js';
import { linesTo, reportBuild, reportPull, type Lines } from './pull-lines.js';

/** The engines are loaded and warm; they live as long as the stream is subscribed. */
export interface Prepared {
  readonly type: 'prepared';
  readonly engines: Engines;
  /** Of what was fetched for them, from which others can be loaded, too. @default none */
  readonly files?: ModelFiles;
}

/**
 * From settings to engines: fetches the models that are missing, loads everything, and tells of it. Completes only where it
 * is asked to stop before everything is there.
 */
export function prepare(settings: ServerSettings, io: Pick<Io, 'stderr' | 'env'>, stop: Observable<unknown>): Observable<AppEvent | Prepared> {
  return defer(() => {
    const notices = new Subject<AppEvent>();
    const choice = chooseEngines(engineSettings(settings));
    const warnings = choice.warnings.map((message): AppEvent => ({ type: 'warning', code: 'engines', message, at: Date.now() }));
    const loading = concat(built(choice, linesFor(settings, io, notices)), modelFiles(choice, settings, io, notices)).pipe(
      switchMap((files) => loadEngines(choice, files).pipe(map((news) => told(news, files)))),
      startWith(...warnings),
      share(),
    );
    // Once everything is there it is for the server to stop, which may have an answer to finish.
    const early = stop.pipe(takeUntil(loading.pipe(filter(({ type }) => type === 'prepared'))));
    return merge(notices, loading).pipe(takeUntil(early));
  });
}

function told(news: LoadNews, files: ModelFiles): AppEvent | Prepared {
  const at = Date.now();
  switch (news.type) {
    case 'loaded':
      return { type: 'prepared', engines: news.engines, files };
    case 'ready-stage':
      return { ...news, type: 'loaded', at };
    case 'loading':
    case 'warning':
    case 'notice':
      return { ...news, at };
  }
}

/** Compiles whisper-node, once, where it is chosen, or will stand in for a Whisper that has no binary here. */
function built({ engines, others, fallback }: Choice, lines: Lines): Observable<never> {
  const isNeeded = engines.stt === 'whisper-node' || others.stt.includes('whisper-node') || (fallback.stt === 'whisper-node' && !isWhisperHere());
  return isNeeded ? buildWhisperNode().pipe(tap(reportBuild(lines)), ignoreElements()) : EMPTY;
}

const isWhisperHere = (): boolean => registry.stt.whisper.needs(settled({})).every((need) => need.type !== 'package' || packageHere(need.name, need.glibc) === undefined);

/** Where it is told what is fetched and compiled: on a dashboard, or on stderr. */
function linesFor({ ui }: ServerSettings, { stderr }: Pick<Io, 'stderr'>, told: Subject<AppEvent>): Lines {
  if (ui === 'none') return { out: () => undefined, progress: () => undefined };
  if (ui !== 'tui') return linesTo(stderr);
  const tell = (type: 'notice' | 'progress') => (line: string): void => told.next({ type, message: line.trim(), at: Date.now() });
  return { out: tell('notice'), progress: tell('progress') };
}

/** Fetches what is missing of the models of a choice, one after the other, and emits the paths of all. */
function modelFiles(
  { models, others, fallback }: Choice, settings: ServerSettings, io: Pick<Io, 'stderr' | 'env'>, notices: Subject<AppEvent>,
): Observable<ModelFiles> {
  const { env } = io;
  const lines = linesFor(settings, io, notices);
  const report = reportPull(lines);
  const cache = cacheFolder(settings.cache, env);
  const hub = hubAddress(undefined, env);
  const options = { cache, hub, env, offline: settings.offline || isOffline(env), acceptLicence: settings.acceptLicence };
  const begun = new Set<Model>();
  const filesOf = (model: Model): Observable<ModelFiles> => pull(model, options).pipe(
    tap((news) => {
      if (news.type === 'trying' && !begun.has(model)) lines.out(`Fetching ${model.title} into ${cache}`);
      begun.add(model);
      report(news);
    }),
    concatMap((news) => (news.type === 'ready' ? of({ [model.name]: news.paths }) : EMPTY)),
  );
  const fetched = from(models).pipe(
    concatMap((name) => (isHubModel(name) ? abortable((signal) => hubModel(name, { ...options, signal })) : of(findModel(name))).pipe(
      concatMap(filesOf),
      // What another engine can stand in for is left out when it fails to load.
      catchError((error: unknown) => {
        const use = isHubModel(name) ? 'llm' : findModel(name).use;
        const isReplaceable = others[use].length > 0 || (use === 'tts' && fallback.tts !== undefined);
        if (!isReplaceable || !(error instanceof SpeechError)) throw error;
        notices.next({ type: 'warning', code: error.code, message: `${error.message} ${error.hint ?? ''}`.trim(), at: Date.now() });
        return EMPTY;
      }),
    )),
  );
  return concat(of({}), fetched).pipe(scan((all: ModelFiles, files) => ({ ...all, ...files })), takeLast(1));
}
