import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bad, caution, failed, good } from '../../../cli/doctor/finding.js';
import { findingLines, summaryLine } from '../../../cli/views/findings.js';
import { SpeechError } from '../../../src/errors.js';

const findings = [
  good('node.version', 'Node 20.19.5 on linux x64; 20.19 or newer is wanted.'),
  caution('microphone.level', 'Digital silence for 2.0 s: is the microphone muted?', 'Unmute it.'),
  bad('port.recv', 3, 'The microphone port 12345 is in use.', 'Stop that program,\nor choose another.'),
];

describe('the view of findings', () => {
  it('is a line each, and what to do below', () => {
    expect(findings.map((finding) => findingLines(finding)).join('\n')).toBe(`\
✔ node       Node 20.19.5 on linux x64; 20.19 or newer is wanted.
! microphone Digital silence for 2.0 s: is the microphone muted?
             → Unmute it.
✖ port       The microphone port 12345 is in use.
             → Stop that program,
             → or choose another.`);
  });

  it('does without Unicode', () => {
    expect(findings.map((finding) => findingLines(finding, { ascii: true })).join('\n')).toBe(`\
+ node       Node 20.19.5 on linux x64; 20.19 or newer is wanted.
! microphone Digital silence for 2.0 s: is the microphone muted?
             -> Unmute it.
x port       The microphone port 12345 is in use.
             -> Stop that program,
             -> or choose another.`);
  });

  it('says with colours nothing that it does not say without', () => {
    for (const finding of findings) expect(stripVTControlCharacters(findingLines(finding, { colour: true }))).toBe(findingLines(finding));
    expect(findingLines(findings[0]!, { colour: true })).toContain('\u001b[');
  });

  it('lets nothing through that would move the cursor', () => {
    expect(findingLines(bad('port.recv', 3, 'it says "\u001b[2J\u0007"', '\u001b]0;x\u0007do'))).toBe('✖ port       it says ""\n             → do');
  });

  it('ends with one sentence', () => {
    const [fine, odd, wrong] = findings as [typeof findings[0], typeof findings[0], typeof findings[0]];
    expect([[fine], [fine, odd], [odd, odd], [wrong], [wrong, wrong, odd]].map(summaryLine)).toEqual([
      'Everything is as it should be.',
      'It should work; there is 1 thing to know of.',
      'It should work; there are 2 things to know of.',
      '1 thing has to be put right.',
      '2 things have to be put right, and there is 1 thing to know of.',
    ]);
  });
});

describe('an error as a finding', () => {
  it.each([
    ['port-in-use', 'net', 3], ['no-microphone', 'device', 4], ['model-missing', 'model', 5], ['bad-setting', 'config', 2], ['llm-failed', 'stage', 1],
  ] as const)('of code %s ends the program as it would', (code, kind, exit) => {
    expect(failed('x.y', new SpeechError('It failed.', { kind, code, hint: 'Do this.' }))).toEqual({ type: 'finding', id: 'x.y', verdict: 'bad', text: 'It failed.', advice: 'Do this.', exit, facts: { code } });
  });

  it('that nobody foresaw asks to be reported', () => {
    expect(failed('x.y', new TypeError('undefined is no function'))).toMatchObject({ exit: 1, advice: expect.stringContaining('report') as string });
  });
});
