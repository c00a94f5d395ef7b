import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDisk } from '../../../cli/doctor/disk.js';
import { all } from '../../fixtures/all.js';
import { folder } from '../../models/helpers.js';

describe('the check of the cache folder', () => {
  it('finds one that is there, and tells what is free', async () => {
    const cache = folder();
    expect(await all(checkDisk(cache, 0))).toMatchObject([
      { id: 'cache.writable', verdict: 'good', text: `Models are kept in ${cache}.` },
      { id: 'cache.space', verdict: 'good', facts: { free: expect.any(Number) as number, missing: 0 } },
    ]);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('does not make one that is not there yet', async () => {
    const cache = join(folder(), 'deep', 'down');
    expect(await all(checkDisk(cache, 1000))).toMatchObject([{ verdict: 'good', text: expect.stringContaining('which will be made') as string }, { verdict: 'good' }]);
    expect(existsSync(cache)).toBe(false);
  });

  it('calls a file in its place bad, and names another way', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    for (const cache of [file, join(file, 'below')]) {
      expect((await all(checkDisk(cache, 0)))[0]).toMatchObject({ id: 'cache.writable', verdict: 'bad', exit: 5, advice: expect.stringContaining('--cache') as string, facts: { code: 'cache-not-writable' } });
    }
  });

  // root may write wherever the file system lets it; /proc is none that does.
  it.runIf(process.platform === 'linux')('calls one that cannot be written bad', async () => {
    expect((await all(checkDisk('/proc/speech', 0)))[0]).toMatchObject({ verdict: 'bad', exit: 5 });
  });

  it('calls a disk bad that has no room for what has yet to be fetched', async () => {
    expect((await all(checkDisk(folder(), 1e18)))[1]).toMatchObject({ id: 'cache.space', verdict: 'bad', exit: 5, facts: { code: 'disk-full' } });
  });
});
