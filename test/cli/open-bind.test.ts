import { describe, expect, it } from 'vitest';
import { openBindWarning } from '../../cli/commands/conversation.js';
import { loadSettings } from '../../src/config/load.js';

const warning = (...argv: string[]): string | undefined =>
  openBindWarning(loadSettings('serve', argv, {}, () => { throw new Error('no file'); }).settings);

describe('S2 misbinding', () => {
  it.each([[], ['--recv_host', '127.0.0.1', '--send_host', '::1'], ['--recv_host', 'LOCALHOST'], ['--require_secure']])('is silent about loopback (%j)', (...argv) => {
    expect(warning(...argv)).toBeUndefined();
  });

  it.each(['--recv_host', '--send_host'])('warns of either port that others can reach (%s)', (flag) => {
    expect(warning(flag, '0.0.0.0')).toMatch(/^Others can reach 0\.0\.0\.0: whoever connects can speak to the model and hears its answers, and nothing is encrypted/u);
    expect(warning(flag, '192.0.2.7')).toContain('192.0.2.7');
  });

  it('warns of what is not encrypted where only some may connect', () => {
    expect(warning('--recv_host', '0.0.0.0', '--allow', '192.0.2.0/24')).toMatch(/^192\.0\.2\.0\/24 can reach 0\.0\.0\.0: nothing is encrypted/u);
  });

  it('warns of an events port that others can reach, and of what they could do there', () => {
    expect(warning('--events_host', '0.0.0.0')).toBeUndefined();
    expect(warning('--events_port', '0')).toBeUndefined();
    expect(warning('--events_port', '0', '--events_host', '0.0.0.0')).toMatch(/^Others can reach 0\.0\.0\.0: whoever connects reads all that is said, and nothing is encrypted/u);
    expect(warning('--recv_host', '192.0.2.7', '--events_port', '0', '--events_host', '0.0.0.0')).toMatch(/^Others can reach 192\.0\.2\.7 and 0\.0\.0\.0: .* can speak .* reads all/u);
    expect(() => warning('--events_port', '0', '--events_host', '0.0.0.0', '--require_secure')).toThrow(expect.objectContaining({ code: 'insecure-bind' }));
  });

  it('refuses such a bind where it is to be secure, unless it is said who may connect', () => {
    expect(() => warning('--recv_host', '0.0.0.0', '--require_secure')).toThrow(expect.objectContaining({ kind: 'config', code: 'insecure-bind' }));
    expect(warning('--recv_host', '0.0.0.0', '--require_secure', '--allow', '192.0.2.7')).toBeDefined();
  });
});
