import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { LoadingNews } from '../cli/views/app-event.js';
import type { ClientEvent } from '../src/client.js';
import { eventSchemas, eventsJsonSchema, type ToldEvent } from '../src/event-schema.js';
import type { SessionEvent } from '../src/events.js';
import type { ServerEvent } from '../src/server.js';

/** What happens, as its own types have it. */
type Happened = ServerEvent | SessionEvent | ClientEvent | (LoadingNews & { readonly at: number });

type Told<E> = E extends { type: 'reply.audio' } ? Omit<E, 'audio'> & { audio: { samples: number; bytes: number; ms: number } } : E;
type KeysOf<E> = E extends unknown ? keyof E : never;
type Alike<A, B> = [A] extends [B] ? [B] extends [A] ? [KeysOf<A>] extends [KeysOf<B>] ? [KeysOf<B>] extends [KeysOf<A>] ? true : false : false : false : false;

/** Types of events whose schema says more or less than they are; never, where there are none. */
type Drifted = { [T in Happened['type']]: Alike<Told<Extract<Happened, { type: T }>>, Extract<ToldEvent, { type: T }>> extends true ? never : T }[Happened['type']];

describe('the schema of events', () => {
  it('says of every event what its type says, field for field', () => {
    expectTypeOf<Drifted>().toBeNever();
  });

  it('is shown to see a field that it does not have, and one too many', () => {
    expectTypeOf<Alike<{ a: string; b?: number }, { a: string }>>().toEqualTypeOf<false>();
    expectTypeOf<Alike<{ a: string }, { a: string; b?: number }>>().toEqualTypeOf<false>();
    expectTypeOf<Alike<{ a: string }, { a: 'x' }>>().toEqualTypeOf<false>();
  });

  it('is in the package as JSON Schema, with a definition for every type', () => {
    const shipped = JSON.parse(readFileSync(new URL('../dist/events.schema.json', import.meta.url), 'utf8')) as { $defs: object };
    expect(shipped).toEqual(eventsJsonSchema());
    expect(Object.keys(shipped.$defs).sort()).toEqual(Object.keys(eventSchemas).sort());
  });

  it('describes every event', () => {
    const { $defs } = eventsJsonSchema() as { $defs: Record<string, { description?: string; anyOf?: { description?: string }[] }> };
    for (const [type, { description, anyOf }] of Object.entries($defs)) {
      for (const words of anyOf?.map((option) => option.description) ?? [description]) expect(words, type).toMatch(/^[A-Z].*\.$/u);
    }
  });

  it('refuses what is no such event', () => {
    expect(eventSchemas.gate.safeParse({ type: 'gate', open: 'yes', reason: '', at: 1 }).success).toBe(false);
    expect(eventSchemas.failed.safeParse({ type: 'failed', turn: 1, at: 1 }).success).toBe(false);
    expect(eventSchemas.hello.safeParse({ type: 'hello', version: 1, at: 1 }).success).toBe(false);
  });
});
