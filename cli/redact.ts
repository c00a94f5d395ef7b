import type { Writable } from 'node:stream';

export interface Redactor {
  /** From now on this value is not shown. Values under ten characters are stand-ins such as `none`, and are no secret. */
  readonly keepSecret: (value: string | undefined) => void;
  /** The text without secrets. */
  readonly redact: (text: string) => string;
  /** The same of a piece of a text, which may begin or end within a secret. */
  readonly redactPiece: (piece: string) => string;
}

/** What is a secret by its looks: OpenAI's keys, bearer tokens, and what an address carries as a password or a key. */
const looks = [
  /\b()sk-[\w-]{16,}/g,
  /\b(bearer )[\w.~+/-]{10,}=*/gi,
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
  /([?&](?:api[-_]?key|key|\w*token|secret|password)=)[^\s&"']+/gi,
];

/** Letters at the beginning or the end of a secret that tell something of it. */
const TELLING = 4;

/** Keeps keys out of logs, events and messages: those it was told of, and what looks like one. */
export function newRedactor(): Redactor {
  const secrets = new Set<string>();
  const redact = (text: string): string => {
    let clean = text;
    for (const secret of secrets) clean = clean.replaceAll(secret, '[secret]');
    return looks.reduce((rest, look) => rest.replace(look, '$1[secret]'), clean);
  };
  return {
    redact,
    keepSecret: (value = '') => {
      const secret = value.trim();
      if (secret.length < 10) return;
      // As it is, as JSON writes it, and as an address does.
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) secrets.add(form);
    },
    redactPiece: (piece) => {
      let clean = redact(piece);
      for (const secret of secrets) {
        for (let letters = Math.min(secret.length - 1, clean.length); letters >= TELLING; letters -= 1) {
          if (clean.endsWith(secret.slice(0, letters))) clean = `${clean.slice(0, -letters)}[secret]`;
          if (clean.startsWith(secret.slice(-letters))) clean = `[secret]${clean.slice(letters)}`;
        }
      }
      return clean;
    },
  };
}

/** Keeps what an environment calls a key, a token, a secret or a password. */
export function keepSecretsOf(env: Readonly<Record<string, string | undefined>>, redactor: Redactor): void {
  for (const [name, value] of Object.entries(env)) if (/(KEY|TOKEN|SECRET|PASSWORD)$/i.test(name)) redactor.keepSecret(value);
}

/** The same stream, to which nothing secret can be written: whoever writes need not think of it. */
export function withoutSecrets<S extends Writable>(stream: S, redactor: Redactor): S {
  const write = (chunk: unknown, ...rest: never[]): boolean => stream.write(typeof chunk === 'string' ? redactor.redact(chunk) : chunk, ...rest);
  return new Proxy(stream, {
    get: (target, key) => {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
