import { caution, bad, good } from './finding.js';
import type { Finding } from './finding.js';
import { exitCodes } from '../exit.js';

export interface NodeHere {
  /** `20.19.5` */
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
}

/** Whether this Node is one that the program runs on; `wanted` is `>=20.19`, as in package.json. */
export function checkNode({ version, platform, arch }: NodeHere, wanted: string): Finding {
  const least = wanted.replace(/^>=\s*/, '');
  const text = `Node ${version} on ${platform} ${arch}`;
  const facts = { version, wanted, platform, arch };
  if (version.localeCompare(least, 'en', { numeric: true }) < 0) {
    return bad('node.version', exitCodes.error, `${text} is too old.`, `Install Node ${least} or newer.`, facts);
  }
  return platform === 'linux' || platform === 'darwin'
    ? good('node.version', `${text}; ${least} or newer is wanted.`, facts)
    : caution('node.version', `${text}: the program is tried on Linux and macOS only.`, 'It may work all the same; otherwise use one of these, in a virtual machine for one.', facts);
}
