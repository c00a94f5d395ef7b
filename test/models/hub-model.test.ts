import { describe, expect, it } from 'vitest';
import { readiness, thisMachine } from '../../src/engines/readiness.js';
import { registry } from '../../src/engines/registry.js';
import { settled } from '../../src/engines/row.js';
import { chooseEngines } from '../../src/engines/choose-engines.js';
import { SpeechError } from '../../src/errors.js';
import { modelFolder } from '../../src/models/cache.js';
import { cachedHubModel, hubFile, hubModel } from '../../src/models/hub-model.js';
import { answerWith, bytes, folder, nobody, pulled, serve, sha256, type Served } from './helpers.js';

const NAME = 'hf:birds/Parrot-GGUF/q4/parrot-q4_k_m.gguf';
const content = bytes(3_000);

/** A hub that knows the file, and keeps it at another address, as hubs do. */
const hub = (linked: Record<string, string> = { 'x-linked-size': String(content.length), 'x-linked-etag': `"${sha256(content)}"` }): Promise<Served> =>
  serve((request, response) => {
    if (request.url === '/store/parrot') answerWith(content)(request, response);
    else if (request.url === '/birds/Parrot-GGUF/resolve/main/q4/parrot-q4_k_m.gguf') response.writeHead(302, { location: '/store/parrot', ...linked }).end();
    else if (request.url?.startsWith('/old/') === true) response.writeHead(307, { location: request.url.replace('/old/', '/birds/') }).end();
    else response.writeHead(404).end();
  });

describe('a model of the hub', () => {
  it('is fetched and verified by what the hub publishes, and then had without asking the hub', async () => {
    const cache = folder();
    const served = await hub();
    const model = await hubModel(NAME, { cache, hub: served.hub });
    expect(model).toMatchObject({ name: NAME, use: 'llm', files: [{ name: 'parrot-q4_k_m.gguf', size: 3_000, sha256: sha256(content) }] });
    const { ready } = await pulled(model, { cache, hub: served.hub });
    expect(ready.paths['parrot-q4_k_m.gguf']).toBe(`${modelFolder(model, cache)}/parrot-q4_k_m.gguf`);
    expect(modelFolder(model, cache)).toBe(`${cache}/models/hf--birds--Parrot-GGUF--q4--parrot-q4_k_m.gguf`);

    const again = await hubModel(NAME, { cache, hub: await nobody() });
    expect(await pulled(again, { cache, hub: await nobody() })).toMatchObject({ ready: { cached: true } });
    expect(await cachedHubModel(NAME, folder())).toBeUndefined();
  });

  it('is found where its repository has been renamed', async () => {
    const served = await hub();
    expect(await hubModel(NAME.replace('birds', 'old'), { cache: folder(), hub: served.hub })).toMatchObject({ files: [{ size: 3_000 }] });
  });

  it.each([
    ['of which the hub does not say the sha256', { 'x-linked-size': '3000', 'x-linked-etag': '"0123456789abcdef0123456789abcdef01234567"' }, 'model-unverifiable'],
    ['of which the hub does not say the size', { 'x-linked-etag': `"${sha256(content)}"` }, 'model-unverifiable'],
  ])('is refused: one %s', async (_what, linked, code) => {
    await expect(hubModel(NAME, { cache: folder(), hub: (await hub(linked)).hub })).rejects.toMatchObject({ kind: 'model', code });
  });

  it('that does not exist, or whose hub is out of reach, is said to', async () => {
    const missing = hubModel(NAME.replace('Parrot', 'Dodo'), { cache: folder(), hub: (await hub()).hub });
    await expect(missing).rejects.toMatchObject({ kind: 'model', code: 'model-unreachable', message: expect.stringContaining('answered 404') as string });
    await expect(hubModel(NAME, { cache: folder(), hub: await nobody() })).rejects.toMatchObject({ kind: 'model', code: 'model-unreachable', message: expect.stringContaining('cannot be reached') as string });
  });

  it.each(['hf:', 'hf:parrot.gguf', 'hf:birds/parrot', 'hf:birds/parrot/model.bin', 'hf:birds/../parrot.gguf', 'hf:../birds/parrot.gguf', 'hf:birds/parrot/../x.gguf', 'hf:birds/parrot/.x.gguf', 'hf:a/b/x y.gguf', 'hf:birds/parrot/p-00001-of-00003.gguf'])(
    'cannot be named %s', (name) => {
      expect(() => hubFile(name)).toThrow(SpeechError);
      expect(() => chooseEngines({ llmModel: name })).toThrow(expect.objectContaining({ kind: 'config', code: 'hub-model' }) as SpeechError);
    });

  it('is among the models of a choice, and listed as missing until it is there', async () => {
    const settings = { llmModel: NAME };
    expect(chooseEngines(settings).models).toContain(NAME);
    expect(await readiness(registry.llm.embedded, settled(settings), thisMachine(folder()))).toMatchObject({ ready: false, missing: [{ what: `the model ${NAME}`, how: 'The first start fetches it.' }] });
  });
});
