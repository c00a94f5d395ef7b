import { describe, expect, it } from 'vitest';
import { catalog, defaultModels, findModel } from '../../src/models/catalog.js';

describe('the catalogue', () => {
  it('names every model once', () => {
    const names = catalog.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['whisper-tiny.en', 'whisper-base', 'qwen2.5-coder-0.5b', 'hibari']));
    expect(names).toEqual(expect.arrayContaining([...defaultModels]));
  });

  it.each(catalog)('states size, sha256, licence and a source for every file of $name', ({ files, licence, sources }) => {
    expect(licence).not.toBe('');
    expect(sources).not.toHaveLength(0);
    for (const { name, size, sha256 } of files) {
      expect(name).toMatch(/^[\w.-]+$/);
      expect(size).toBeGreaterThan(0);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      for (const source of sources) {
        if (source.kind === 'hub') expect(source.paths).toHaveProperty([name]);
        else if (source.build.how === 'join') expect(source.build.members[name]).not.toHaveLength(0);
        else expect(files).toHaveLength(1);
      }
    }
  });

  it.each(catalog)('takes members of $name only out of packages it fetches', ({ sources }) => {
    for (const source of sources) {
      if (source.kind === 'hub') continue;
      const { build, packages } = source;
      const members = build.how === 'join' ? Object.values(build.members).flat() : [...build.model, build.tokenizer];
      const names = new Set(packages.map(({ name }) => name));
      expect(new Set(members.map((member) => member.package))).toEqual(names);
    }
  });

  it('has Whisper in five sizes and three precisions, language models in four sizes, and voices in seven languages', () => {
    const names = catalog.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['tiny', 'base', 'small', 'tiny-q5_1', 'tiny-q8_0', 'base.en-q5_1', 'small.en-q8_0', 'medium-q5_0', 'large-v3-turbo-q5_0'].map((size) => `whisper-${size}`)));
    expect(catalog.filter(({ use }) => use === 'llm')).toHaveLength(4);
    expect(new Set(catalog.filter(({ use }) => use === 'tts').map(({ languages }) => languages)).size).toBe(7);
  });

  it('says so of each model whose files nobody had while this was built: those that only a hub has', () => {
    for (const { name, sources, unverified } of catalog) expect([name, unverified === true]).toEqual([name, sources.every(({ kind }) => kind === 'hub')]);
  });

  it('has terms to be accepted for every licence that is not plainly permissive', () => {
    const permissive = new Set(['MIT', 'Apache-2.0', 'public domain']);
    for (const { name, licence, terms } of catalog) expect([name, terms !== undefined]).toEqual([name, !permissive.has(licence)]);
    expect(findModel('qwen2.5-3b').terms).toContain('https://');
  });

  it('keeps the licence and the notice of hibari beside its networks', () => {
    expect(findModel('hibari').files.map(({ name }) => name)).toEqual(expect.arrayContaining(['hibari.onnx', 'oov.onnx', 'LICENSE', 'NOTICE']));
  });

  it('says which name was probably meant', () => {
    expect(() => findModel('whisper-tinyen')).toThrow(expect.objectContaining({
      kind: 'config', code: 'unknown-model', hint: expect.stringMatching(/^Did you mean whisper-tiny\.en\? All models: /) as string,
    }));
  });

  it('does not guess where nothing is near', () => {
    expect(() => findModel('zzzzzzzzzzzzzzzzzzzzzz')).toThrow(expect.objectContaining({ hint: expect.stringMatching(/^All models: /) as string }));
  });
});
