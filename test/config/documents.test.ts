import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingsDocument } from '../../scripts/settings-document.js';
import { entriesOf } from '../../src/config/flags.js';
import { flagOf, settingsOf } from '../../src/config/settings.js';
import type { CommandName } from '../../src/config/settings.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the documents', () => {
  it('list every setting as it is', () => {
    expect(read('docs/settings.md'), 'npm run docs:settings writes it anew').toBe(settingsDocument());
  });

  it('link to that list from the README', () => {
    expect(read('README.md')).toContain('(docs/settings.md)');
  });

  it('name only flags that exist', () => {
    const known = new Set((Object.keys(settingsOf) as CommandName[]).flatMap((command) => entriesOf(command).map(([key]) => flagOf(key))));
    // Of the program, of `models`, of `voices` and of `doctor`.
    for (const other of ['help', 'version', 'print_config', 'list_devices', 'all', 'from', 'json', 'play']) known.add(other);
    const ours = read('README.md').split('\n').filter((line) => !line.includes('`npm run')).join('\n');
    const named = Array.from(ours.matchAll(/(?<=[\s`])--(\w[\w-]*)/g), ([, flag = '']) => flag.replaceAll('-', '_').replace(/^no_/, ''));
    expect(named.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((flag) => !known.has(flag))).toEqual([]);
  });
});
