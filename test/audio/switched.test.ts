import { BehaviorSubject, concat, map, NEVER, of, Subject, tap, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MicSource, SpeakerSink } from '../../src/audio/devices.js';
import { switchedMicrophone, switchedSpeaker } from '../../src/audio/switched.js';

const fail = (error: unknown): never => { throw error; };
const pcm = (value: number): Int16Array => Int16Array.of(value);

/** What comes of a stream, to its end. */
function record<T>(stream: Observable<T>): (T | 'over')[] {
  const all: (T | 'over')[] = [];
  stream.subscribe({ next: (value) => all.push(value), error: fail, complete: () => all.push('over') });
  return all;
}

describe('a microphone that is switched', () => {
  it('is the one that was chosen last, and nobody listens to the one before', () => {
    const [one, other] = [new Subject<Int16Array>(), new Subject<Int16Array>()];
    const chosen = new BehaviorSubject<MicSource>(one);
    const heard = record(switchedMicrophone(chosen).pipe(map(([sample]) => sample)));
    one.next(pcm(1));
    chosen.next(other);
    one.next(pcm(2));
    other.next(pcm(3));
    expect([heard, one.observed, other.observed]).toEqual([[1, 3], false, true]);
  });

  it('ends where a recording does, and fails where a device does', () => {
    expect(record(switchedMicrophone(concat(of(of(pcm(1))), NEVER)).pipe(map(([sample]) => sample)))).toEqual([1, 'over']);
    const errors: unknown[] = [];
    const lost = new Subject<Int16Array>();
    switchedMicrophone(concat(of(lost), NEVER)).subscribe({ error: (error: unknown) => errors.push(error) });
    lost.error('gone');
    expect(errors).toEqual(['gone']);
  });
});

describe('a speaker that is switched', () => {
  it('goes on with what comes next, and ends with it', () => {
    const played: string[] = [];
    const speaker = (name: string): SpeakerSink => (audio) => audio.pipe(tap(([sample]) => played.push(`${name} ${sample ?? ''}`)), map(({ length }) => length));
    const chosen = new BehaviorSubject(speaker('one'));
    const audio = new Subject<Int16Array>();
    const told = record(switchedSpeaker(chosen)(audio));
    audio.next(pcm(1));
    chosen.next(speaker('other'));
    audio.next(pcm(2));
    audio.complete();
    expect([played, told]).toEqual([['one 1', 'other 2'], [1, 1, 'over']]);
  });
});
