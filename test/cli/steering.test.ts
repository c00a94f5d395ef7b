import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { hushing } from '../../cli/commands/barge-in.js';
import { steeringAfar } from '../../cli/commands/conversation.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import type { Cut } from '../../src/client.js';
import type { Command } from '../../src/transports/events/commands.js';

function afar({ isThere }: { readonly isThere: boolean }) {
  const commands = new Subject<Command>();
  const hushed = new Subject<Cut>();
  const told: Command[] = [];
  const shown: AppEvent[] = [];
  let hushes = 0;
  const raise = (error: unknown): void => { throw error; };
  hushed.subscribe({ next: () => (hushes += 1), error: raise });
  if (isThere) commands.subscribe({ next: (command) => told.push(command), error: raise });
  return { ...hushing(steeringAfar(commands, (event) => shown.push(event)), hushed), told, shown, hushes: () => hushes };
}

describe('the keys of a server elsewhere', () => {
  it('ask and stop in the session that is shown, and silence what has come of the answer', () => {
    const { ask, stop, told, shown, hushes } = afar({ isThere: true });
    ask('What now?', 3);
    expect(hushes()).toBe(0);
    stop(3);
    expect(told).toEqual([{ type: 'ask', text: 'What now?', session: 3 }, { type: 'cancel', session: 3 }]);
    expect(hushes()).toBe(1);
    expect(shown).toEqual([]);
  });

  it('change what holds for all sessions, and say so where there is no way to the server', () => {
    const there = afar({ isThere: true });
    there.change('thresh', '0.7');
    expect(there.told).toEqual([{ type: 'set', name: 'thresh', value: '0.7' }]);
    const away = afar({ isThere: false });
    away.change('thresh', '0.7');
    expect(away.shown).toMatchObject([{ type: 'warning', code: 'nobody-asked' }]);
  });

  it.each([[false, 3], [true, undefined]])('never reach the sessions of others, and say so where they reach nobody (there: %s, session: %s)', (isThere, session) => {
    const { ask, stop, told, shown, hushes } = afar({ isThere });
    ask('What now?', session);
    stop(session);
    expect(told).toEqual([]);
    expect(shown).toMatchObject([{ type: 'warning', code: 'nobody-asked' }, { type: 'warning', code: 'nobody-asked' }]);
    expect(hushes()).toBe(1);
  });
});
