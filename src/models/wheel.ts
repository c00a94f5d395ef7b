import { openPromise } from 'yauzl';

/**
 * One member of a zip archive (a Python wheel is one), picked by its exact name and unpacked while it is read. Nothing is
 * written to where the archive might say, and nothing in it is run.
 *
 * @param limit bytes beyond which the member is not what is looked for
 * @throws where the archive is damaged, has no such member or has a bigger one
 */
export async function* readMember(archive: string, path: string, limit: number): AsyncGenerator<Buffer> {
  const zip = await openPromise(archive, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== path) continue;
      if (entry.uncompressedSize > limit) throw new Error(`${path} is too big (${entry.uncompressedSize} bytes)`);
      yield* (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
      return;
    }
    throw new Error(`there is no ${path} in it`);
  } finally {
    zip.close();
  }
}
