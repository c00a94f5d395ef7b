import stringWidth from 'string-width';

/** px of a cell, of the edge around all of them, and above the line that letters stand on. */
const [WIDE, HIGH, EDGE, BASE] = [8.4, 18, 16, 13];

/** The sixteen colours, on a dark terminal. */
const [BACK, FRONT] = ['#16181d', '#d6d9e0'];
const colours: Readonly<Record<number, string>> = { 30: '#3b4048', 31: '#f0717a', 32: '#8ccf7e', 33: '#e5c76b', 34: '#6cb0f2', 35: '#c68aee', 36: '#5fc9c9', 37: FRONT };

interface Style { readonly colour: string; readonly bold: boolean; readonly dim: boolean }
interface Run extends Style { readonly column: number; readonly cells: number; readonly text: string }

const plain: Style = { colour: FRONT, bold: false, dim: false };

/** What a terminal shows of text with colours (SGR, and no other sequences), as an SVG on which every cell is where it is on a terminal, whatever font is there. */
export function svgOfTerminal(text: string, title: string, columns: number): string {
  const lines = text.split('\n');
  const [width, height] = [Math.ceil(columns * WIDE + 2 * EDGE), lines.length * HIGH + 2 * EDGE];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACK}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve" fill="${FRONT}">
${lines.flatMap((line, row) => runsOf(line).map((run) => drawn(run, row))).join('\n')}
</g>
</svg>
`;
}

function drawn({ column, cells, text, colour, bold, dim }: Run, row: number): string {
  const looks = `${colour === FRONT ? '' : ` fill="${colour}"`}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}`;
  return `<text x="${px(EDGE + column * WIDE)}" y="${EDGE + row * HIGH + BASE}" textLength="${px(cells * WIDE)}" lengthAdjust="spacingAndGlyphs"${looks}>${escaped(text)}</text>`;
}

/** The pieces of a line that look the same, without the spaces around them. */
function runsOf(line: string): Run[] {
  let style = plain;
  let column = 0;
  return line.split(/(\u001b\[[\d;]*m)/u).flatMap((part): Run[] => {
    const codes = /^\u001b\[([\d;]*)m$/u.exec(part)?.[1];
    if (codes !== undefined) {
      style = codes.split(';').map(Number).reduce(styled, style);
      return [];
    }
    const text = part.trim();
    const run = { ...style, column: column + stringWidth(part) - stringWidth(part.trimStart()), cells: stringWidth(text), text };
    column += stringWidth(part);
    return text === '' ? [] : [run];
  });
}

function styled(style: Style, code: number): Style {
  const colour = colours[code];
  if (colour !== undefined) return { ...style, colour };
  switch (code) {
    case 0:
      return plain;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 39:
      return { ...style, colour: FRONT };
    default:
      throw new Error(`no picture of the style ${code}`);
  }
}

const px = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
