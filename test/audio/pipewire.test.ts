import { describe, expect, it } from 'vitest';
import { PLAYERS } from '../../src/audio/players.js';
import { RECORDERS } from '../../src/audio/recorders.js';
import { fakeTools } from '../fixtures/fake-tools.js';

const PCM = ['--rate', '16000', '--channels', '1', '--format', 's16'];
const listing = (options: readonly string[]): string => `case "$*" in *--help*) echo '${options.join(' ')}';; *) exec sleep 60;; esac`;

// Before 1.4 `--raw` was no option, and PCM without a header what `-` meant; since then `-` without it is refused.
describe.each([['0.3', ['--rate'], []], ['1.4', ['--rate', '--raw'], ['--raw']]])('the programs of PipeWire %s', (_version, options, raw) => {
  it('play PCM without a header', async () => {
    const tools = await fakeTools();
    await tools.add('pw-play', listing(options));
    expect(PLAYERS['pw-play'].command('wall').args).toEqual([...raw, ...PCM, '--latency', '80ms', '--target', 'wall', '-']);
  });

  it('record it, 20 ms at a time', async () => {
    const tools = await fakeTools();
    await tools.add('pw-record', listing(options));
    await tools.add('stdbuf', 'exec sleep 60');
    const recorder = await RECORDERS['pw-record'].start('desk');
    const { args } = await tools.started('stdbuf');
    recorder.kill('SIGKILL');
    expect(args).toEqual(['-o', '640', 'pw-record', ...raw, ...PCM, '--latency', '20ms', '--target', 'desk', '-']);
  });
});
