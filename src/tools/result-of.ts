import { defer, endWith, map, reduce, takeWhile, type OperatorFunction } from 'rxjs';

/** What is put in place of the rest of a result that is too long. */
const CUT = ' … (the rest was cut)';

/** The bytes of a result as one text, as soon as there are enough of them: what would be cut is not waited for. */
export function resultOf(most: number): OperatorFunction<Uint8Array, string> {
  return (chunks) => defer(() => {
    let size = 0;
    return chunks.pipe(
      takeWhile(({ length }) => (size += length) <= most, true),
      endWith(new Uint8Array()),
      reduce((all: Uint8Array[], chunk) => [...all, chunk], []),
      map((all) => {
        const bytes = Buffer.concat(all);
        // A character that is cut in two is none.
        return bytes.length <= most ? bytes.toString().trim() : `${new TextDecoder().decode(bytes.subarray(0, most), { stream: true }).trim()}${CUT}`;
      }),
    );
  });
}
