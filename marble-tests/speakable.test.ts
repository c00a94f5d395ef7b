import { expect, it } from 'vitest';

import { speakable } from '../operators/speakable.js';

it.each<[piece: string, spoken: string]>([
  ['Use\n  ```js\n  let x\n  ```\nthen.', 'Use let x then.'],
  ['Use ```npm ci``` or `npm i` here.', 'Use npm ci or npm i here.'],
  ['See [the manual](https://example.com/x) and ![a cat](cat.png).', 'See the manual and a cat.'],
  ['## News\n### More of it', 'News More of it'],
  ['Buy:\n  - apples\n  * pears\n+ plums\n• figs', 'Buy: apples pears plums figs'],
  ['> said he\n>  - and she\n- # loudly', 'said he and she loudly'],
  ['**Bold**, *slanted*, ***both*** and ~~gone~~.', 'Bold, slanted, both and gone.'],
  ['An _important_ and a __very important__ word (_this_).', 'An important and a very important word (this).'],
  ['2*3 is 2 * 3, but *5* apples are 5*', '2*3 is 2 * 3, but 5 apples are 5'],
  ['2**3 is 2 ** 3, but **5** apples are **5**', '2**3 is 2 ** 3, but 5 apples are 5'],
  ['C# and snake_case and x_1 and -5 and #1 stay.', 'C# and snake_case and x_1 and -5 and #1 stay.'],
  ['Great 😀! Really👍🏽good 🎉🎉 now 🇫🇷.', 'Great! Really good now.'],
  ['1️⃣ first ❤️, © and ™', '1 first, © and ™'],
  ['  much \t white\n\nspace ', 'much white space'],
])('speaks %j as %j', (piece, spoken) => {
  expect(speakable(piece)).toBe(spoken);
});

it.each(['', ' \n', '---', '***', '🎉🎉', '...', '```'])('has nothing to speak in %j', (piece) => {
  expect(speakable(piece)).toBe('');
});
