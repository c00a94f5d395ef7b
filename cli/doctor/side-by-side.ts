import { catchError, concat, defer, filter, map, merge, of, shareReplay, tap } from 'rxjs';
import { failed, working } from './finding.js';
import type { Check, Finding, Working } from './finding.js';

/**
 * Makes several checks at once. What they find is told in the order of the checks, whichever is the first to be through;
 * what they are busy with is told at once, all in one, and is empty in the end. A check that errors is a finding of its
 * own, `NAME.failed`, and the others go on.
 */
export function sideBySide(checks: Readonly<Record<string, Check>>): Check {
  return defer(() => {
    const busy = new Map<string, string>();
    const running = Object.entries(checks).map(([name, check]) => ({
      name,
      news: check.pipe(catchError((error: unknown) => of(failed(`${name}.failed`, error))), shareReplay({ bufferSize: Infinity, refCount: true })),
    }));
    return merge(
      concat(...running.map(({ news }) => news.pipe(filter((one): one is Finding => one.type === 'finding')))),
      ...running.map(({ name, news }) => concat(
        news.pipe(filter((one): one is Working => one.type === 'working'), tap(({ text }) => busy.set(name, text))),
        defer(() => of(busy.delete(name))),
      ).pipe(map(() => working([...busy.values()].join(' · '))))),
    );
  });
}
