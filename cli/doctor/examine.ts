import { connect, endWith, filter, ignoreElements, interval, lastValueFrom, map, merge, of, startWith, switchMap, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { jsonLine } from '../../src/json-line.js';
import { stopped } from '../commands/life.js';
import { linesTo } from '../commands/pull-lines.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { plainOptions } from '../plain.js';
import { findingLines, summaryLine } from '../views/findings.js';
import type { Check, Finding, Working } from './finding.js';

/** Makes the checks and shows what they find, on stderr what is under way; the exit code is that of the first thing that is bad. */
export async function examine(checks: Check, ui: ServerSettings['ui'], io: Io): Promise<number> {
  const { stdout, stderr, signal } = io;
  const style = plainOptions(io);
  const under = linesTo(ui === 'none' ? { write: () => true } : stderr);
  const print = (text: string): void => {
    under.clear?.();
    if (ui !== 'none') stdout.write(`${text}\n`);
  };
  const findings: Finding[] = [];
  const show = (finding: Finding): void => {
    findings.push(finding);
    print(ui === 'json' ? jsonLine({ ...finding, at: Date.now() }) : findingLines(finding, style));
  };

  const shown = checks.pipe(
    connect((news) => merge(
      news.pipe(filter((one) => one.type === 'finding'), tap(show)),
      news.pipe(
        filter((one) => one.type === 'working'),
        switchMap(counting),
        tap((text) => (text === '' ? under.clear?.() : under.progress(text))),
        takeUntil(news.pipe(ignoreElements(), endWith(undefined))),
      ),
    )),
    takeUntil(stopped(signal)),
  );
  await lastValueFrom(shown, { defaultValue: undefined });
  under.clear?.();
  if (signal.aborted) return exitCodes.interrupted;
  const exit = findings.find(({ verdict }) => verdict === 'bad')?.exit ?? exitCodes.ok;
  const summary = { type: 'summary', at: Date.now(), text: summaryLine(findings), exit };
  print(ui === 'json' ? jsonLine(summary) : `\n${summary.text}`);
  return exit;
}

/** What is under way, and after a while for how long. */
function counting({ text }: Working): Observable<string> {
  return text === '' ? of('') : interval(1_000).pipe(map((seconds) => `${text}, ${seconds + 1} s`), startWith(text));
}
