import { describe, expect, it } from 'vitest';
import { askedToStop } from '../../cli/asked-to-stop.js';

function program() {
  const told: string[] = [];
  let now = 0;
  const signal = askedToStop({ stop: ({ by }) => told.push(`stop: ${by}`), leave: (code) => told.push(`leave: ${code}`), now: () => now });
  return { told, signal: (at: number, name: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => { now = at; signal(name); } };
}

describe('a program that gets signals', () => {
  it('stops at the first and leaves at the second', () => {
    const { told, signal } = program();
    signal(0, 'SIGTERM');
    signal(2000, 'SIGINT');
    expect(told).toEqual(['stop: SIGTERM', 'leave: 130']);
  });

  it('leaves with 1 where the second is not Ctrl-C (R11)', () => {
    const { told, signal } = program();
    signal(0, 'SIGINT');
    signal(2000, 'SIGTERM');
    expect(told).toEqual(['stop: SIGINT', 'leave: 1']);
  });

  it('takes the Ctrl-C that npm passes on for the one it has seen', () => {
    const { told, signal } = program();
    signal(0, 'SIGINT');
    signal(1, 'SIGINT');
    expect(told).toEqual(['stop: SIGINT']);
    signal(250, 'SIGINT');
    expect(told).toEqual(['stop: SIGINT', 'leave: 130']);
  });
});
