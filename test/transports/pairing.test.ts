import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createPairing } from '../../src/transports/pairing.js';

// A socket is written as machine and name: "A1" and "A2" come from one machine.
type Step = readonly [at: number, what: 'mic' | 'reply' | 'gone' | 'left', who: string];

interface Told { readonly news: string[]; readonly pairs: Record<string, string | undefined>; readonly timers: number }

/** What is told of sockets that come and go, in virtual time; a session is named after its microphone. */
function tell(steps: readonly Step[], { maxSessions = 1, pairTimeout = 30_000 } = {}): Told {
  const scheduler = new VirtualTimeScheduler();
  const news: string[] = [];
  const pairs: Record<string, string | undefined> = {};
  const sessions: { readonly mic: string }[] = [];
  const say = (text: string): void => { news.push(`${scheduler.now()} ${text}`); };
  const pairing = createPairing<string, { readonly mic: string }>({
    maxSessions, pairTimeout, scheduler,
    sameMachine: (one, other) => one[0] === other[0],
    nameOf: (socket) => socket,
    begin: (mic, reply) => {
      pairs[mic] = reply;
      const session = { mic };
      sessions.push(session);
      return session;
    },
    begun: ({ mic }) => say(`${mic} is heard${pairs[mic] === undefined ? '' : `, answered on ${pairs[mic]}`}`),
    join: ({ mic }, reply) => {
      pairs[mic] = reply;
      say(`${mic} is answered on ${reply}`);
    },
    refuse: (socket, code) => say(`${socket} is refused: ${code}`),
    waiting: (socket, lacks) => say(`${socket} waits for its ${lacks}`),
    abandon: (session) => {
      say(`${session.mic} is abandoned`);
      pairing.ended(session);
    },
  });
  for (const [at, what, who] of steps) {
    scheduler.schedule(() => {
      if (what !== 'left') pairing[what](who);
      else for (const session of sessions) if (session.mic === who) pairing.ended(session);
    }, at);
  }
  scheduler.flush();
  return { news, pairs, timers: scheduler.actions.length };
}

describe('pairing (R2, S5)', () => {
  it.each([0, 10, 900, 1_000, 5_000, 29_999])('pairs a microphone with a reply port that comes %i ms later', (later) => {
    expect(tell([[0, 'mic', 'A1'], [later, 'reply', 'A2']]).pairs).toEqual({ A1: 'A2' });
  });

  it.each([0, 10, 900, 1_000])('pairs a reply port with a microphone that comes %i ms later, at once', (later) => {
    expect(tell([[0, 'reply', 'A2'], [later, 'mic', 'A1']]).news.at(-1)).toBe(`${later} A1 is heard, answered on A2`);
  });

  it.each([1_001, 5_000, 28_000])('gives a reply port that has waited for %i ms to a microphone that brings no other within a second', (later) => {
    expect(tell([[0, 'reply', 'A2'], [later, 'mic', 'A1']]).news.slice(1)).toEqual([`${later} A1 is heard`, `${later + 1_000} A1 is answered on A2`]);
  });

  it.each([60_000, 3_600_000])('waits %i ms for either half where it may wait for ever', (later) => {
    expect(tell([[0, 'mic', 'A1'], [later, 'reply', 'A2']], { pairTimeout: 0 }).pairs).toEqual({ A1: 'A2' });
    expect(tell([[0, 'reply', 'A2'], [later, 'mic', 'A1']], { pairTimeout: 0 }).pairs).toEqual({ A1: 'A2' });
  });

  it('tells of a lone microphone after a second, and abandons it after the time-out', () => {
    expect(tell([[0, 'mic', 'A1']]).news).toEqual(['0 A1 is heard', '1000 A1 waits for its reply', '30000 A1 is abandoned']);
  });

  it('tells of a lone reply port at once, and refuses it after the time-out', () => {
    expect(tell([[0, 'reply', 'A2']]).news).toEqual(['0 A2 waits for its microphone', '30000 A2 is refused: pair-timeout']);
  });

  it('forgets a reply port that has gone', () => {
    expect(tell([[0, 'reply', 'A2'], [5, 'gone', 'A2'], [10, 'mic', 'A1']]).pairs).toEqual({ A1: undefined });
  });

  it('takes the younger of two reply ports, where the older had waited alone', () => {
    expect(tell([[0, 'reply', 'A2'], [5_000, 'reply', 'A3'], [5_010, 'mic', 'A1']]).news.slice(1)).toEqual([
      '5000 A2 is refused: left-behind', '5000 A3 waits for its microphone', '5010 A1 is heard, answered on A3',
    ]);
  });

  it('prefers the reply port that comes with a microphone to one that was left behind', () => {
    expect(tell([[0, 'reply', 'A2'], [5_000, 'mic', 'A1'], [5_010, 'reply', 'A3']]).news.slice(1)).toEqual([
      '5000 A1 is heard', '5010 A2 is refused: left-behind', '5010 A1 is answered on A3',
    ]);
  });

  it('turns away a second microphone, a second reply port and the reply port of another machine', () => {
    expect(tell([[0, 'mic', 'A1'], [1, 'reply', 'B2'], [2, 'reply', 'A2'], [3, 'mic', 'A3'], [4, 'mic', 'B1'], [5, 'reply', 'A4']]).news).toEqual([
      '0 A1 is heard', '1 B2 is refused: stranger', '2 A1 is answered on A2', '3 A3 is refused: busy', '4 B1 is refused: busy', '5 A4 is refused: busy',
    ]);
  });

  it('turns away a reply port that waits where another machine takes the only place', () => {
    expect(tell([[0, 'reply', 'B2'], [10, 'mic', 'A1']]).news.slice(1, 3)).toEqual(['10 A1 is heard', '10 B2 is refused: stranger']);
  });

  it('serves the next as soon as the one before has left', () => {
    expect(tell([[0, 'mic', 'A1'], [1, 'reply', 'A2'], [5, 'left', 'A1'], [5, 'mic', 'B1'], [5, 'reply', 'B2']]).pairs).toEqual({ A1: 'A2', B1: 'B2' });
  });

  describe('of several clients', () => {
    it('goes by machine, in whatever order their ports come', () => {
      const arrivals = [['mic', 'A1'], ['reply', 'A2'], ['mic', 'B1'], ['reply', 'B2'], ['mic', 'C1'], ['reply', 'C2']] as const;
      fc.assert(fc.property(fc.shuffledSubarray([...arrivals], { minLength: 6 }), fc.integer({ min: 0, max: 150 }), (order, apart) => {
        expect(tell(order.map(([what, who], n) => [n * apart, what, who]), { maxSessions: 3 }).pairs).toEqual({ A1: 'A2', B1: 'B2', C1: 'C2' });
      }));
    });

    it('goes by arrival where they share a machine', () => {
      expect(tell([[0, 'mic', 'A1'], [1, 'reply', 'A2'], [2, 'mic', 'A3'], [3, 'reply', 'A4']], { maxSessions: 2 }).pairs).toEqual({ A1: 'A2', A3: 'A4' });
      expect(tell([[0, 'mic', 'A1'], [1, 'mic', 'A3'], [2, 'reply', 'A2'], [3, 'reply', 'A4']], { maxSessions: 2 }).pairs).toEqual({ A1: 'A2', A3: 'A4' });
    });

    it('turns away one more than there may be', () => {
      expect(tell([[0, 'mic', 'A1'], [1, 'mic', 'B1'], [2, 'mic', 'C1'], [3, 'reply', 'C2']], { maxSessions: 2 }).news.slice(2, 4)).toEqual(['2 C1 is refused: busy', '3 C2 is refused: stranger']);
    });
  });

  it('never serves more than it may, pairs one reply with one microphone, and keeps no timer, whatever comes', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom<Step[1]>('mic', 'reply', 'gone'), fc.constantFrom('A', 'B', 'C'));
    fc.assert(fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 1, max: 3 }), (steps, maxSessions) => {
      const { news, pairs, timers } = tell(steps.map(([at, what, machine], n): Step => [at, what, `${machine}${n}`]), { maxSessions });
      const replies = Object.values(pairs).filter((reply) => reply !== undefined);
      expect(new Set(replies).size).toBe(replies.length);
      for (const [mic, reply] of Object.entries(pairs)) if (reply !== undefined) expect(reply[0]).toBe(mic[0]);
      let live = 0;
      for (const line of news) {
        if (/ is heard/u.test(line)) live += 1;
        if (/ is abandoned/u.test(line)) live -= 1;
        expect(live).toBeLessThanOrEqual(maxSessions);
      }
      expect(timers).toBe(0);
    }));
  });
});
