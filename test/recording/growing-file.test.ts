import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { growingFile } from '../../src/recording/growing-file.js';

let folder = '';
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'growing-')); });
afterEach(() => rmSync(folder, { recursive: true }));

const fails = (error: Error): never => { throw error; };

describe('a growing file', () => {
  it('holds everything in order as soon as it is finished, and a head that fits', () => {
    const path = join(folder, 'file');
    const file = growingFile(path, { head: (length) => Buffer.from(String(length).padStart(4)), onFailure: fails });
    for (let n = 0; n < 100; n += 1) file.append(Buffer.from(`${n % 10}`));
    file.finish();
    file.append(Buffer.from('late'));
    file.finish();
    expect(readFileSync(path, 'utf8')).toBe(` 100${'0123456789'.repeat(10)}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is written as it grows', async () => {
    const path = join(folder, 'file');
    const file = growingFile(path, { onFailure: fails });
    file.append(Buffer.from('one'));
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('one'));
    file.append(Buffer.from(', two'));
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('one, two'));
    file.finish();
  });

  it('is never written over one that is there', () => {
    growingFile(join(folder, 'file'), { onFailure: fails }).finish();
    expect(() => growingFile(join(folder, 'file'), { onFailure: fails })).toThrow('EEXIST');
  });

  it.runIf(process.platform === 'linux')('tells once when the disk is full, and takes no more', async () => {
    const failures: string[] = [];
    const file = growingFile('/dev/full', { isNew: false, onFailure: (error) => failures.push(error.message) });
    file.append(Buffer.from('one'));
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    file.append(Buffer.from('two'));
    file.finish();
    expect(failures).toEqual([expect.stringContaining('ENOSPC')]);
  });
});
