import { describe, expect, it } from 'vitest';
import { checkNode } from '../../../cli/doctor/node.js';
import { nodeVersions } from '../../../cli/version.js';

const here = { version: '20.19.0', platform: 'linux', arch: 'x64' };

describe('the check of Node', () => {
  it.each([['20.19.0'], ['20.20.2'], ['22.1.0'], ['100.0.0']])('takes %s for >=20.19', (version) => {
    expect(checkNode({ ...here, version }, '>=20.19')).toMatchObject({ id: 'node.version', verdict: 'good' });
  });

  it.each([['20.18.9'], ['20.9.0'], ['18.20.4'], ['9.0.0']])('refuses %s, and says what to install', (version) => {
    expect(checkNode({ ...here, version }, '>=20.19')).toMatchObject({ verdict: 'bad', exit: 1, advice: 'Install Node 20.19 or newer.' });
  });

  it('is cautious where the program was never tried', () => {
    expect(checkNode({ ...here, platform: 'win32' }, '>=20.19')).toMatchObject({ verdict: 'caution' });
  });

  it('understands what package.json asks for', () => {
    expect(nodeVersions()).toMatch(/^>=\d+\.\d+(\.\d+)?$/);
    expect(checkNode({ ...here, version: process.versions.node }, nodeVersions()).verdict).toBe('good');
  });
});
