import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check, Finding } from '../../../cli/doctor/finding.js';
import { checkHubModel, checkModelFiles, checkModels } from '../../../cli/doctor/models.js';
import { modelFolder, stampFile } from '../../../src/models/cache.js';
import type { Model } from '../../../src/models/model.js';
import { all } from '../../fixtures/all.js';
import { bytes, folder, modelOf, sha256 } from '../../models/helpers.js';

const content = { 'a.bin': bytes(4_000), 'b.bin': bytes(3_000, 2) };
const model = modelOf(content);

/** A cache that holds these files of the model. */
function cacheWith(files: Readonly<Record<string, Uint8Array>>): string {
  const cache = folder();
  mkdirSync(modelFolder(model, cache), { recursive: true });
  for (const [name, data] of Object.entries(files)) writeFileSync(join(modelFolder(model, cache), name), data);
  return cache;
}

const findings = async (check: Check): Promise<Finding[]> => (await all(check)).filter((news) => news.type === 'finding');
const examined = async (cache: string, fast = false, models: Model[] = [model]): Promise<Finding | undefined> => (await findings(checkModels(models, cache, { fast })))[0];

/** A file of the right size whose third byte is another. */
const wrong = Uint8Array.from(content['b.bin'], (byte, index) => (index === 2 ? byte ^ 1 : byte));

describe('the check of models', () => {
  it('reads them in full, and says when it does', async () => {
    const news = await all(checkModels([model], cacheWith(content), { fast: false }));
    expect(news).toMatchObject([{ type: 'working', text: 'reading parrot (7 kB)' }, { id: 'model.parrot', verdict: 'good', facts: { state: 'verified' } }]);
  });

  it('finds a wrong byte, whatever an earlier check has noted, and deletes nothing', async () => {
    const cache = cacheWith({ ...content, 'b.bin': wrong });
    await stampFile(modelFolder(model, cache), 'b.bin', sha256(content['b.bin']));
    expect(await examined(cache)).toMatchObject({ id: 'model.parrot', verdict: 'bad', exit: 5, text: expect.stringContaining('b.bin: its sha256 is') as string, advice: expect.stringContaining('models pull parrot') as string });
    expect(existsSync(join(modelFolder(model, cache), 'b.bin'))).toBe(true);
  });

  it('does not read them where it is to be fast, and says so', async () => {
    expect(await examined(cacheWith({ ...content, 'b.bin': wrong }), true)).toMatchObject({ verdict: 'good', text: expect.stringContaining('without --fast') as string, facts: { state: 'unchecked' } });
  });

  it('sees a wrong size also then', async () => {
    expect(await examined(cacheWith({ ...content, 'b.bin': bytes(5) }), true)).toMatchObject({ verdict: 'bad', exit: 5 });
  });

  it.each([['none', {}], ['some', { 'a.bin': content['a.bin'] }]])('is cautious where %s of the files are there, as a start fetches the others', async (_, files) => {
    expect(await examined(cacheWith(files))).toMatchObject({ verdict: 'caution', text: expect.stringContaining('the next start fetches it') as string });
  });

  it('calls it bad where nothing may be fetched, and says of a licence that has to be accepted', async () => {
    expect((await findings(checkModels([model], folder(), { fast: true, offline: true })))[0]).toMatchObject({ verdict: 'bad', exit: 5, text: expect.stringContaining('nothing may be fetched') as string, advice: expect.stringContaining('models import') as string });
    expect((await findings(checkHubModel('hf:birds/parrot/parrot.gguf', folder(), { fast: true, offline: true })))[0]).toMatchObject({ verdict: 'bad', exit: 5 });
    expect(await examined(folder(), true, [{ ...model, terms: 'Be kind.' }])).toMatchObject({ verdict: 'caution', text: expect.stringContaining('its licence has to be accepted') as string });
  });

  it('looks for files that the user named', async () => {
    const here = join(folder(), 'own.gguf');
    writeFileSync(here, 'GGUF');
    expect(await findings(checkModelFiles([here, '/no/such.gguf']))).toMatchObject([{ id: 'model.file', verdict: 'good' }, { id: 'model.file', verdict: 'bad', exit: 5, text: 'There is no model /no/such.gguf.' }]);
  });
});
