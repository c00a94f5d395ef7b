/** What part of the world an error comes from; screens and exit codes sort by it. */
export type ErrorKind = 'net' | 'device' | 'stage' | 'config' | 'model' | 'internal';

/** The four engine stages of a turn. */
export type Stage = 'vad' | 'stt' | 'llm' | 'tts';

export interface SpeechErrorOptions {
  readonly kind: ErrorKind;
  /** Stable and greppable, kebab-case: `port-in-use`, `model-missing`, `stt-crashed`. */
  readonly code: string;
  /** What the user can do next: one or two sentences, shown below the message. */
  readonly hint?: string;
  /** True where the same call may succeed later without anybody changing anything. @default false */
  readonly retryable?: boolean;
  /** The stage at fault, for kind `stage`. */
  readonly stage?: Stage;
  readonly cause?: unknown;
}

/**
 * The one base class of what this package throws or emits as an error. The message names the culprit and says what was
 * being done; `hint` says what to do next. Neither ever contains a transcript, a prompt or a key.
 */
export class SpeechError extends Error {
  override readonly name = 'SpeechError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly stage: Stage | undefined;

  constructor(message: string, options: SpeechErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.code = options.code;
    this.hint = options.hint;
    this.retryable = options.retryable ?? false;
    this.stage = options.stage;
  }
}

/** Any thrown value as a SpeechError: one stays itself, everything else is wrapped with the given options. */
export function asSpeechError(thrown: unknown, options: SpeechErrorOptions): SpeechError {
  if (thrown instanceof SpeechError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SpeechError(message, { ...options, cause: thrown });
}
