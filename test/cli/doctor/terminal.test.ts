import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { checkTerminal } from '../../../cli/doctor/terminal.js';
import type { Io } from '../../../cli/io.js';
import { all } from '../../fixtures/all.js';

/** A terminal that gives every wide character so many cells, and answers where its cursor is; without cells it never answers. */
function terminal(cells?: number, { columns = 120, rows = 40 } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, raw: [] as boolean[], setRawMode(raw: boolean) { this.raw.push(raw); } });
  const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns, rows });
  let shown = '';
  stdout.on('data', (text: string) => {
    shown += text;
    if (cells === undefined || !text.endsWith('\u001b[6n')) return;
    // As over a slow line: in two pieces.
    stdin.write('\u001b[7;');
    setImmediate(() => stdin.write(`${cells + 1}R`));
  });
  return { stdin, stdout, shown: () => shown };
}

async function examine(stage: ReturnType<typeof terminal>, env: Io['env'] = { LANG: 'en_US.UTF-8', TERM: 'xterm-256color' }) {
  return Object.fromEntries((await all(checkTerminal({ ...stage, env }))).flatMap((news) => (news.type === 'finding' ? [[news.id, news]] : [])));
}

describe('the check of the terminal', () => {
  it('says of one that can do everything that it can', async () => {
    const stage = terminal(2);
    const findings = await examine(stage);
    expect(Object.values(findings).map(({ verdict }) => verdict)).toEqual(['good', 'good', 'good']);
    expect(findings['terminal.size']).toMatchObject({ facts: { columns: 120, rows: 40 } });
    expect(findings['terminal.unicode']).toMatchObject({ facts: { cells: 2 } });
  });

  it('leaves the terminal as it was: not raw, the line clean, nothing listened to', async () => {
    const stage = terminal(2);
    await examine(stage);
    expect(stage.stdin.raw).toEqual([true, false]);
    expect(stage.shown()).toMatch(/\r\u001b\[2K$/);
    expect(stage.stdin.listenerCount('data')).toBe(0);
    expect(stage.stdin.isPaused()).toBe(true);
  });

  it('warns where wide characters get one cell', async () => {
    expect((await examine(terminal(1)))['terminal.unicode']).toMatchObject({ verdict: 'caution', facts: { cells: 1 } });
  });

  it('does without an answer', async () => {
    const stage = terminal();
    expect((await examine(stage))['terminal.unicode']).toMatchObject({ verdict: 'good', facts: { utf8: true, cells: undefined } });
    expect(stage.stdin.raw).toEqual([true, false]);
  });

  it('warns where the locale knows no UTF-8, and asks such a terminal nothing', async () => {
    const stage = terminal(2);
    expect((await examine(stage, { LC_ALL: 'C', TERM: 'xterm' }))['terminal.unicode']).toMatchObject({ verdict: 'caution', advice: expect.stringContaining('UTF-8') as string });
    expect(stage.shown()).toBe('');
  });

  it('warns where it is narrow', async () => {
    expect((await examine(terminal(2, { columns: 60 })))['terminal.size']).toMatchObject({ verdict: 'caution', facts: { columns: 60 } });
  });

  it.each([[{ NO_COLOR: '1', TERM: 'xterm' }, 'NO_COLOR is set'], [{ TERM: 'dumb' }, 'TERM is dumb']])('says why there are no colours with %j', async (env, why) => {
    expect((await examine(terminal(2), env))['terminal.colours']).toMatchObject({ verdict: 'good', text: expect.stringContaining(why) as string });
  });

  it('asks nothing where there is no terminal', async () => {
    const stage = terminal(2);
    expect(Object.keys(await examine({ ...stage, stdout: Object.assign(stage.stdout, { isTTY: false }) }))).toEqual(['terminal.tty']);
    expect(stage.shown()).toBe('');
  });
});
