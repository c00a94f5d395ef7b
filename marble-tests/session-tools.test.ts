import { concatMap, delay, map, NEVER, Observable, of, share, throwError, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Frame, Llm, Message, ToolCall, Tooling } from '../src/engines.js';
import type { SessionEvent } from '../src/events.js';
import { session } from '../src/session.js';
import type { SessionOptions } from '../src/session-options.js';
import type { Tool } from '../src/tools.js';

// A letter is a frame of 32 ms of audio and arrives in 1 ms of virtual time: s is speech, q is quiet.
const TURN = `${'s'.repeat(15)}${'q'.repeat(20)}`;
/** A turn, and time for its answer. */
const turns = (count: number, pause = 3_000): string => Array.from({ length: count }, () => `${TURN} ${pause}ms `).join('');

const frameOf = (letter: string): Frame => new Int16Array(512).fill(letter === 's' ? 1000 : 0);
const spec = (name: string): Pick<Tool, 'name' | 'description' | 'parameters'> => ({ name, description: '', parameters: { type: 'object' } });
const callOf = (name: string, args: object = {}, id = `id-${name}`): ToolCall => ({ id, name, args: JSON.stringify(args) });

interface Run {
  /** What is said, turn by turn. */
  readonly words: readonly string[];
  /** What the model says, call by call; the last for all further ones. */
  readonly llm: readonly (readonly (string | ToolCall)[])[];
  readonly tools: readonly Tool[];
  readonly letters?: string;
  readonly options?: SessionOptions;
}

interface Asked { readonly messages: readonly Message[]; readonly tooling: Tooling | undefined }

function converse({ words, llm, tools, letters = turns(words.length), options = {} }: Run) {
  const events: SessionEvent[] = [];
  const asked: Asked[] = [];
  let heard = 0;
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(({ cold }) => {
    const model: Llm = (messages, tooling) => {
      asked.push({ messages, tooling });
      const parts = llm[Math.min(asked.length, llm.length) - 1] ?? [];
      return timer(5).pipe(concatMap(() => parts));
    };
    cold(letters).pipe(map(frameOf), session({
      vad: () => (frame) => (frame[0] === 0 ? 0.01 : 0.99),
      stt: (utterance) => utterance.pipe(toArray(), map(() => ({ text: words[heard++] ?? '', final: true }))),
      llm: model,
      tts: () => of(new Int16Array(1600)).pipe(delay(3)),
    }, { speech: { minSilence: 320 }, tools, ...options })).subscribe({ next: (event) => events.push(event), error: (error: unknown) => { throw error; } });
  });
  return { events, asked, news: events.map(lineOf).filter((line) => !/^(listening|speech|reply\.audio)/.test(line)) };
}

function lineOf(event: SessionEvent): string {
  switch (event.type) {
    case 'transcript': return `heard "${event.text}"`;
    case 'reply.text': return `${event.filler ? 'filler' : 'said'} "${event.text}"`;
    case 'reply.done': return `done "${event.text}"`;
    case 'tool.asked': return `asked ${event.tools.join()}`;
    case 'tool.decided': return `decided ${event.decision} ${event.tools.join()}`;
    case 'tool.called': return `called ${event.tool} ${event.args}`;
    case 'tool.done': return `${event.ok ? 'result' : 'refused'} ${event.tool}: ${event.result}`;
    case 'cancelled': return `cancelled ${event.reason}`;
    case 'failed': return `failed ${event.code}`;
    default: return event.type;
  }
}

/** A tool that takes so many ms, and counts. */
function slow(name: string, ms: number, more: Partial<Tool> = {}): Tool & { readonly runs: object[]; live: number } {
  const tool = {
    ...spec(name), acts: false, runs: [] as object[], live: 0, ...more,
    run: (args: object) => new Observable<string>((subscriber) => {
      tool.runs.push(args);
      tool.live += 1;
      subscriber.add(() => (tool.live -= 1));
      subscriber.add(timer(ms).pipe(map(() => `${name} says so`)).subscribe(subscriber));
    }),
  };
  return tool;
}

describe('a session with tools', () => {
  it('runs what the model calls, and asks it again with the result', () => {
    const weather = slow('weather', 100);
    const { news, asked } = converse({ words: ['Is it raining?'], llm: [[callOf('weather', { city: 'Rome' })], ['It is ', 'dry.']], tools: [weather] });
    expect(news).toEqual([
      'heard "Is it raining?"', 'reply.started', 'called weather {"city":"Rome"}', 'result weather: weather says so', 'said "It is dry."', 'done "It is dry."',
    ]);
    expect(weather.runs).toEqual([{ city: 'Rome' }]);
    expect(asked[0]!.tooling).toEqual({ tools: [spec('weather')], rounds: [], more: true });
    expect(asked[1]!.messages).toEqual(asked[0]!.messages);
    expect(asked[1]!.tooling!.rounds).toEqual([{ said: '', calls: [{ ...callOf('weather', { city: 'Rome' }), result: 'weather says so' }] }]);
  });

  it('remembers of it what was said, and nothing else', () => {
    const { asked } = converse({ words: ['Is it raining?', 'Sure?'], llm: [['Let me see. ', callOf('weather')], ['No.'], ['Yes.']], tools: [slow('weather', 2_000)] });
    expect(asked[1]!.tooling!.rounds[0]!.said).toBe('Let me see. ');
    expect(asked[2]!.messages.map(({ content }) => content)).toEqual(['Is it raining?', 'Let me see. No.', 'Sure?']);
    expect(asked[2]!.tooling!.rounds).toEqual([]);
  });

  it('is told of no tools by default', () => {
    const { asked, news } = converse({ words: ['Hello.'], llm: [['Hi.']], tools: [] });
    expect(asked[0]!.tooling).toBeUndefined();
    expect(news).toContain('done "Hi."');
  });

  it('runs all calls of a round at once', () => {
    const [one, other] = [slow('one', 500), slow('other', 500)];
    const { events } = converse({ words: ['Both.'], llm: [[callOf('one'), callOf('other')], ['Done.']], tools: [one, other] });
    const at = (type: string): number[] => events.filter((event) => event.type === type).map((event) => event.at);
    expect(at('tool.done')).toEqual([at('tool.called')[0]! + 500, at('tool.called')[0]! + 500]);
  });

  it('says something when a tool takes longer than 1 s, once, and does not take it for the model\'s words', () => {
    const { events, news, asked } = converse({ words: ['And?', 'So?'], llm: [[callOf('lazy')], [callOf('lazy')], ['Here.'], ['Well.']], tools: [slow('lazy', 1_500)], letters: turns(2, 6_000) });
    expect(news.slice(0, 9)).toEqual([
      'heard "And?"', 'reply.started', 'called lazy {}', 'filler "One moment."', 'result lazy: lazy says so', 'called lazy {}', 'result lazy: lazy says so', 'said "Here."', 'done "Here."',
    ]);
    const when = (line: (event: SessionEvent) => boolean): number => events.find(line)!.at;
    expect(when((event) => event.type === 'reply.text') - when((event) => event.type === 'tool.called')).toBe(1_000);
    expect(asked[3]!.messages.map(({ content }) => content)).toEqual(['And?', 'Here.', 'So?']);
    // It is heard, all the same.
    expect(events.filter((event) => event.type === 'reply.audio' && event.turn === 1)).toHaveLength(2);
  });

  it.each([
    ['never where it takes less than a second', 999, {}, []],
    ['in the words of its own', 1_001, { filler: 'Hold on.' }, ['filler "Hold on."']],
    ['in the language of the session', 1_001, {}, ['filler "Einen Moment."'], 'de'],
    ['never where there are none', 5_000, { filler: '' }, []],
  ])('fills the time %s', (_name, ms, more, expected, language = 'en') => {
    const { news } = converse({ words: ['And?'], llm: [[callOf('lazy')], ['Here.']], tools: [slow('lazy', ms, more)], letters: turns(1, 8_000), options: { language } });
    expect(news.filter((line) => line.startsWith('filler'))).toEqual(expected);
    expect(news.at(-1)).toBe('done "Here."');
  });

  it('fills no time after words of the model', () => {
    const { news } = converse({ words: ['And?'], llm: [['I look it up.', callOf('lazy')], ['Here.']], tools: [slow('lazy', 3_000)], letters: turns(1, 8_000) });
    expect(news.join()).not.toContain('filler');
    expect(news.at(-1)).toBe('done "I look it up. Here."');
  });

  it('tells the model what went wrong, and lives', () => {
    const broken: Tool = { ...spec('broken'), acts: false, run: () => throwError(() => new Error('No network.')) };
    const picky: Tool = { ...spec('picky'), acts: false, check: () => 'city is missing', run: () => NEVER };
    const endless: Tool = { ...spec('endless'), acts: false, timeout: 500, run: () => NEVER };
    const { asked, news } = converse({
      words: ['Go.'], tools: [broken, picky, endless],
      llm: [[callOf('broken'), callOf('picky'), callOf('endless'), callOf('shell'), { id: 'x', name: 'broken', args: '[1]' }], ['Sorry.']],
    });
    expect(asked[1]!.tooling!.rounds[0]!.calls.map(({ result }) => result)).toEqual([
      'No network.', 'The arguments are wrong: city is missing', 'It took longer than 0.5 s and was stopped.', 'There is no tool shell.', 'The arguments are no JSON object.',
    ]);
    expect(news.filter((line) => line.startsWith('refused'))).toHaveLength(5);
    expect(news.at(-1)).toBe('done "Sorry."');
  });

  it('stops a model that goes on calling', () => {
    const tool = slow('again', 1);
    const { asked, news } = converse({ words: ['Go.'], llm: [[callOf('again')]], tools: [tool] });
    expect(tool.runs).toHaveLength(4);
    expect(asked.map(({ tooling }) => tooling!.more)).toEqual([true, true, true, true, false]);
    expect(news.at(-1)).toBe('failed llm-tools-endless');
  });

  it('looks at no more than eight calls of a round', () => {
    const tool = slow('many', 1);
    converse({ words: ['Go.'], llm: [Array.from({ length: 20 }, (_, n) => callOf('many', { n }, `id-${n}`)), ['Done.']], tools: [tool] });
    expect(tool.runs).toHaveLength(8);
  });

  it('stops a tool at once when the user speaks again', () => {
    const tool = slow('long', 9_000);
    const { news } = converse({ words: ['Go.', 'Stop.'], llm: [[callOf('long')], ['Stopped.']], tools: [tool], letters: turns(2, 2_000) });
    expect(tool.live).toBe(0);
    expect(news).toContain('cancelled interrupted');
    expect(news.join()).not.toContain('result');
    expect(news.at(-1)).toBe('done "Stopped."');
  });

  it('runs nothing for an answer that is prepared ahead before it is wanted', () => {
    const tool = slow('eager', 1);
    // A pause of 160 ms, in which an answer is prepared, and more speech after it.
    const letters = `${'s'.repeat(15)}qqqqqq 200ms ${'s'.repeat(15)}${'q'.repeat(80)} 2s `;
    const { news, events } = converse({ words: ['I would like', 'I would like that.'], llm: [[callOf('eager')], [callOf('eager')], ['Done.']], tools: [tool], letters, options: { speech: {}, speculate: true } });
    expect(tool.runs).toHaveLength(1);
    expect(events.findIndex(({ type }) => type === 'tool.called')).toBeGreaterThan(events.findIndex(({ type }) => type === 'speech.stopped'));
    expect(news.at(-1)).toBe('done "Done."');
  });
});

describe('a tool that acts', () => {
  const lamp = (more: Partial<Tool> = {}): ReturnType<typeof slow> => slow('turn_lamp', 10, { acts: true, ...more });
  const llm = [[callOf('turn_lamp', { state: 'off' })], ['All right.']];

  it('asks, and runs after a yes', () => {
    const tool = lamp();
    const { news, asked } = converse({ words: ['Lamp off.', 'Yes, please!'], llm, tools: [tool] });
    expect(news).toEqual([
      'heard "Lamp off."', 'reply.started', 'asked turn_lamp', 'said "Shall I use turn lamp, with state off?"', 'done "Shall I use turn lamp, with state off?"',
      'heard "Yes, please!"', 'decided yes turn_lamp', 'called turn_lamp {"state":"off"}', 'result turn_lamp: turn_lamp says so', 'reply.started', 'said "All right."', 'done "All right."',
    ]);
    expect(tool.runs).toEqual([{ state: 'off' }]);
    expect(asked[1]!.messages.map(({ role, content }) => `${role}: ${content}`)).toEqual(['user: Lamp off.', 'assistant: Shall I use turn lamp, with state off?', 'user: Yes, please!']);
    expect(asked[1]!.tooling!.rounds).toEqual([{ said: '', calls: [{ ...callOf('turn_lamp', { state: 'off' }), result: 'turn_lamp says so' }] }]);
  });

  it.each(['No.', 'Yes, but make it red.', 'Of course not.', 'What time is it?', 'Not yes.'])('does not run after "%s"', (words) => {
    const tool = lamp();
    const { news } = converse({ words: ['Lamp off.', words], llm, tools: [tool] });
    expect(tool.runs).toEqual([]);
    expect(news.slice(5)).toEqual([`heard "${words}"`, 'decided no turn_lamp', 'reply.started', 'said "All right."', 'done "All right."']);
  });

  it('acts where nobody says whether it does', () => {
    const { acts: _, ...tool } = lamp();
    expect(converse({ words: ['Lamp off.'], llm, tools: [tool] }).news).toContain('asked turn_lamp');
  });

  it('asks in its own words, and in the language of the session', () => {
    const ask = (more: Partial<Tool>, language: string): string[] => converse({ words: ['Los.'], llm, tools: [lamp(more)], options: { language } }).news;
    expect(ask({ question: ({ state }) => `Turn the lamp ${String(state)}?` }, 'en')).toContain('done "Turn the lamp off?"');
    expect(ask({}, 'de')).toContain('done "Soll ich turn lamp benutzen, mit state off?"');
  });

  it('forgets a question after one turn', () => {
    const tool = lamp();
    const { news } = converse({ words: ['Lamp off.', 'What time is it?', 'Yes.'], llm, tools: [tool] });
    expect(tool.runs).toEqual([]);
    expect(news.filter((line) => line.startsWith('decided'))).toEqual(['decided no turn_lamp']);
  });

  it('forgets a question after 30 s', () => {
    const tool = lamp();
    const { news } = converse({ words: ['Lamp off.', 'Yes.'], llm, tools: [tool], letters: turns(2, 31_000) });
    expect(tool.runs).toEqual([]);
    expect(news).toContain('decided late turn_lamp');
  });

  it('still waits for an answer after an utterance without words', () => {
    const tool = lamp();
    converse({ words: ['Lamp off.', '', 'Yes.'], llm, tools: [tool] });
    expect(tool.runs).toHaveLength(1);
  });

  it('takes no yes to a question that was not asked to its end', () => {
    const tool = lamp();
    // The second utterance interrupts the question.
    const { news } = converse({ words: ['Lamp off.', 'Yes.'], llm, tools: [tool], letters: turns(2, 0), options: { lead: 0 } });
    expect(news).toContain('cancelled interrupted');
    expect(tool.runs).toEqual([]);
  });

  it('holds back the others of its round, and runs them with it', () => {
    const [tool, other] = [lamp(), slow('look', 10)];
    const calls = [[callOf('look'), callOf('turn_lamp')], ['All right.']];
    const { news, asked } = converse({ words: ['Lamp off.', 'Sure.'], llm: calls, tools: [tool, other] });
    expect(news.indexOf('called look {}')).toBeGreaterThan(news.indexOf('decided yes turn_lamp'));
    expect(asked[1]!.tooling!.rounds[0]!.calls.map(({ result }) => result)).toEqual(['look says so', 'turn_lamp says so']);
  });

  it('is refused without a question where its arguments are wrong', () => {
    const tool = lamp({ check: () => 'state is missing' });
    const { news } = converse({ words: ['Lamp off.'], llm, tools: [tool] });
    expect(news).toContain('refused turn_lamp: The arguments are wrong: state is missing');
    expect(news.join()).not.toContain('asked');
  });

  it('does not run after a yes in a turn that was cancelled before its end', () => {
    const tool = lamp();
    const letters = `${'s'.repeat(15)}${'q'.repeat(80)} 2s `;
    // Heard since the first turn counts, at 12 ms. The window of the second is open from 2.095 to 2.144 s.
    const cancel = timer(2_117).pipe(map(() => 'asked' as const), share({ resetOnRefCountZero: false }));
    const { news } = converse({ words: ['Lamp off.', 'Yes.'], llm, tools: [tool], letters: letters.repeat(2), options: { speech: {}, cancel } });
    expect(news).toContain('cancelled asked');
    expect(tool.runs).toEqual([]);
  });

  it('does not run after a yes that is the beginning of more', () => {
    const tool = lamp();
    const letters = `${'s'.repeat(15)}${'q'.repeat(80)} 2s ${'s'.repeat(15)}qqqqqq 200ms ${'s'.repeat(15)}${'q'.repeat(80)} 2s `;
    const { news } = converse({ words: ['Lamp off.', 'Yes.', 'Yes, but red.'], llm, tools: [tool], letters, options: { speech: {}, speculate: true } });
    expect(news).toContain('heard "Yes, but red."');
    expect(tool.runs).toEqual([]);
  });
});
