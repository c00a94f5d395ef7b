// The package comes without types for its compiled files. What is used of it:
declare module 'whisper-node' {
  export function whisper(file: string, options: {
    readonly modelPath: string;
    readonly whisperOptions: { readonly language: string; readonly gen_file_txt: boolean };
    readonly shellOptions: { readonly silent: boolean; readonly async: boolean };
  }): Promise<unknown>;
}
