import { styleText } from 'node:util';
import { sanitise } from '../../src/sanitise.js';
import type { Finding } from '../doctor/finding.js';
import type { PlainOptions } from './plain.js';

const looks = {
  good: { symbol: '✔', ascii: '+', colour: 'green' },
  caution: { symbol: '!', ascii: '!', colour: 'yellow' },
  bad: { symbol: '✖', ascii: 'x', colour: 'red' },
} as const;

/** Columns of the topic. */
const TOPIC = 11;

/** A finding as a line, and one for what to do next. `✔ node       Node 20.19.5 on linux x64; 20.19 or newer is wanted.` */
export function findingLines({ id, verdict, text, advice }: Pick<Finding, 'id' | 'verdict' | 'text' | 'advice'>, { colour = false, ascii = false }: PlainOptions = {}): string {
  const look = looks[verdict];
  const topic = id.replace(/\..*$/s, '').padEnd(TOPIC);
  const head = `${ascii ? look.ascii : look.symbol} ${topic}`;
  const indent = ' '.repeat(TOPIC + 2);
  const lines = [`${colour ? styleText(look.colour, head, { validateStream: false }) : head}${sanitise(text)}`];
  for (const part of advice === undefined || verdict === 'good' ? [] : advice.split('\n')) lines.push(`${indent}${ascii ? '->' : '→'} ${sanitise(part)}`);
  return lines.join('\n');
}

/** All findings in one sentence. */
export function summaryLine(findings: readonly Pick<Finding, 'verdict'>[]): string {
  const count = (verdict: Finding['verdict']): number => findings.filter((finding) => finding.verdict === verdict).length;
  const [cautions, bads] = [count('caution'), count('bad')];
  const remarks = `${cautions} ${cautions === 1 ? 'thing' : 'things'} to know of`;
  if (bads > 0) return `${bads} ${bads === 1 ? 'thing has' : 'things have'} to be put right${cautions > 0 ? `, and there ${cautions === 1 ? 'is' : 'are'} ${remarks}` : ''}.`;
  return cautions > 0 ? `It should work; there ${cautions === 1 ? 'is' : 'are'} ${remarks}.` : 'Everything is as it should be.';
}
