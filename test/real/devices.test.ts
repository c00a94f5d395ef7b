import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { microphone } from '../../dist/src/audio/microphone.js';
import { fakeTools } from '../fixtures/fake-tools.js';

// From dist, as Node loads it: a test runner gives a CommonJS package named exports that Node does not find there.
describe('the built package', () => {
  it('records through node-record-lpcm16', async () => {
    const tools = await fakeTools();
    await tools.add('sox', "head -c 1280 /dev/zero | tr '\\0' '\\7'\nexec sleep 100");
    const pieces = await lastValueFrom(microphone({ backend: 'node-record-lpcm16' }).pipe(take(2), toArray()), { defaultValue: [] });
    expect(pieces.map((piece) => [piece.length, piece[0]])).toEqual([[320, 0x0707], [320, 0x0707]]);
  });
});
