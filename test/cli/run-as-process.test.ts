import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const waits = fileURLToPath(new URL('../fixtures/programs/waits.mjs', import.meta.url));
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

function start(file: string, ...words: string[]) {
  const child = spawn(process.execPath, [file, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, errors }));
  const ready = once(child.stdout, 'data');
  const says = async (text: string): Promise<void> => {
    while (!errors.includes(text)) await once(child.stderr, 'data');
  };
  return { child, ready, says, ended };
}

describe('a program', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 0], ['SIGHUP', 0]] as const)('that gets %s may finish, and exits %i', async (signal, code) => {
    const { child, ready, ended } = start(waits);
    await ready;
    child.kill(signal);
    expect(await ended).toEqual({ code, signal: null, errors: `asked by ${signal}\nforced\n` });
  });

  it('that ends badly after Ctrl-C keeps its own exit code', async () => {
    const { child, ready, ended } = start(waits, 'ends badly');
    await ready;
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 5 });
  });

  it.each([['SIGINT', 130], ['SIGTERM', 1]] as const)('that does not finish ends at once on a second %s, and exits %i', async (signal, code) => {
    const { child, ready, says, ended } = start(waits, 'stubborn');
    await ready;
    child.kill(signal);
    await says(`asked by ${signal}`);
    const again = setInterval(() => child.kill(signal), 50);
    expect(await ended.finally(() => clearInterval(again))).toMatchObject({ code, signal: null, errors: `asked by ${signal}\nforced\n` });
  });

  it('whose reader leaves is asked to stop, and does not crash', async () => {
    const { child, ready, ended } = start(waits, 'talks');
    await ready;
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, errors: 'asked by EPIPE\nforced\n' });
  });

  it.each(['throws', 'rejects'])('in which something %s that nobody caught ends with one clear line, and exits 1', async (behaviour) => {
    const { ended } = start(waits, behaviour);
    const { code, errors } = await ended;
    expect(code).toBe(1);
    // What holds the terminal has let go of it before.
    expect(errors).toMatch(/^forced\ninternal error: lost/);
    expect(errors).toContain('Please report it');
    expect(errors).not.toContain('    at ');
    expect(errors).not.toContain('canary');
    expect(errors).not.toContain('\u001b');
  });

  it('shows where it happened when asked to debug', async () => {
    const { ended } = start(waits, 'throws', 'debug');
    const { errors } = await ended;
    expect(errors).toContain('waits.mjs:');
    expect(errors).not.toMatch(/canary|\u001b/);
  });

  it('whose command fails says so and exits 1', async () => {
    const { ended } = start(waits, 'fails');
    expect(await ended).toMatchObject({ code: 1, errors: expect.stringMatching(/^error: failed outright\n/) as string });
  });
});

describe('speech-to-speech', () => {
  it('can be piped into head', async () => {
    const { child, ended } = start(main, '--help');
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, errors: '' });
  });

  it('exits 2 on a flag that nobody knows', async () => {
    const { ended } = start(main, '--recv_prot', '1');
    expect(await ended).toMatchObject({ code: 2, errors: 'error: there is no flag --recv_prot\nDid you mean --recv_port?\n' });
  });
});
