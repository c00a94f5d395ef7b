import { catchError, concat, defer, map, merge, mergeMap, of, type Observable } from 'rxjs';
import type { Engines } from '../engines.js';
import { asSpeechError, SpeechError, type Stage } from '../errors.js';
import type { Choice } from './choose-engines.js';
import { registry } from './registry.js';
import type { ModelFiles, Row } from './row.js';

export type LoadNews =
  | { readonly type: 'loading'; readonly stage: Stage; readonly engine: string }
  /** Loaded and warm, after so many milliseconds. */
  | { readonly type: 'ready-stage'; readonly stage: Stage; readonly engine: string; readonly ms: number }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'loaded'; readonly engines: Engines };

/**
 * Loads the engines of a choice, the VAD first and the others beside each other, tells how it goes, and emits them once all
 * are warm. They live until it is unsubscribed; it does not complete. A voice that cannot be loaded is replaced by Flite,
 * a Whisper without a binary by whisper-node, each with a warning; any other failure is an error, a SpeechError.
 */
export function loadEngines(choice: Choice, files: ModelFiles): Observable<LoadNews> {
  return defer(() => {
    const engines: { -readonly [S in Stage]?: Engines[S] } = {};
    const { options, fallback } = choice;

    const load = ({ stage, name: engine, load: open }: Row<Stage>): Observable<LoadNews> => defer(() => {
      const began = performance.now();
      return concat(
        of<LoadNews>({ type: 'loading', stage, engine }),
        open(options, files).pipe(map((loaded): LoadNews => {
          Object.assign(engines, { [stage]: loaded });
          return { type: 'ready-stage', stage, engine, ms: Math.round(performance.now() - began) };
        })),
      );
    }).pipe(catchError((error: unknown): never => {
      throw asSpeechError(error, { kind: 'stage', stage, code: `${stage}-load-failed` });
    }));
    /** An engine, and another in place of it if it cannot be loaded. */
    const loadOr = (row: Row<Stage>, replacement: Row<Stage> | undefined, applies: (error: SpeechError) => boolean): Observable<LoadNews> =>
      load(row).pipe(catchError((error: unknown) => {
        if (!replacement || engines[row.stage] || !(error instanceof SpeechError) || !applies(error)) throw error;
        const message = `${error.message} Using ${replacement.name} instead of ${row.name}.`;
        return concat(of<LoadNews>({ type: 'warning', code: error.code, message }), load(replacement));
      }));

    const { vad, stt, llm, tts } = choice.engines;
    return load(registry.vad[vad]).pipe(
      mergeMap((news) => news.type !== 'ready-stage' ? of(news) : merge(
        of(news),
        loadOr(registry.stt[stt], fallback.stt && registry.stt[fallback.stt], ({ code }) => code === 'stt-no-binary'),
        load(registry.llm[llm]),
        loadOr(registry.tts[tts], fallback.tts && registry.tts[fallback.tts], () => true),
      )),
      mergeMap((news) => news.type === 'ready-stage' && isWhole(engines) ? of<LoadNews[]>(news, { type: 'loaded', engines }) : of(news)),
    );
  });
}

function isWhole(engines: Partial<Engines>): engines is Engines {
  return Boolean(engines.vad && engines.stt && engines.llm && engines.tts);
}
