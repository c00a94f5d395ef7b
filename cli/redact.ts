export interface Redactor {
  /** From now on this value is not shown. Values under ten characters are stand-ins such as `none`, and are no secret. */
  keepSecret(value: string | undefined): void;
  /** The text without secrets. */
  redact(text: string): string;
}

/** Keeps keys out of logs, events and messages: those it was told of, and whatever looks like an OpenAI key. */
export function newRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    keepSecret: (value) => {
      if (value !== undefined && value.length >= 10) secrets.add(value);
    },
    redact: (text) => {
      let clean = text;
      for (const secret of secrets) clean = clean.replaceAll(secret, '[secret]');
      return clean.replace(/\bsk-[\w-]{16,}/g, '[secret]');
    },
  };
}
