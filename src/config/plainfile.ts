import { readFile, stat } from 'node:fs/promises'

/** A path that leads to no file: a pipe would be waited for without end, a folder cannot be read. */
class NoFile extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/**
 * The text of a file a person wrote. Rejects as reading does, with a `code`; `EISDIR` for a folder, `it is no file` for
 * what is neither, which is not even opened: a pipe that nobody writes to would hold up the program and its end.
 */
export async function readPlainFile(path: string): Promise<string> {
  const found = await stat(path)
  if (found.isDirectory()) throw new NoFile('EISDIR')
  if (!found.isFile()) throw new NoFile('it is no file')
  return await readFile(path, 'utf8')
}
