import { concat, map, merge, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { whilePrepared } from '../../cli/commands/life.js';
import type { Prepared } from '../../cli/commands/prepare.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { fakeEngines } from '../fixtures/engines.js';

const notice = (message: string): AppEvent => ({ type: 'notice', message, at: 0 });

describe('whilePrepared', () => {
  it('tells what engines do while it serves, and lets them go when it has served', () => {
    const engines = new Subject<AppEvent>();
    const serving = new Subject<string>();
    const said: string[] = [];
    let over = false;
    const prepared: Prepared = { type: 'prepared', engines: fakeEngines() };
    merge(engines, concat(of(notice('loading'), prepared), NEVER)).pipe(whilePrepared(() => serving.pipe(map(notice)))).subscribe({
      next: (event) => { if (event.type === 'notice') said.push(event.message); },
      complete: () => { over = true; },
      error: (error: unknown) => { throw error; },
    });
    serving.next('serving');
    engines.next(notice('one takes over'));
    serving.complete();
    expect([said, over, engines.observed]).toEqual([['loading', 'serving', 'one takes over'], true, false]);
  });
});
