/** A part of the terminal that is redrawn. */
export interface Screen {
  readonly columns: number
  readonly rows: number
  /** Draws these lines in the place of the earlier ones. */
  draw(lines: readonly string[]): void
}

/** The lines above the prompt of a terminal; null if the terminal cannot be redrawn. */
export function screenOf(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>,
  env: Readonly<Record<string, string | undefined>>,
): Screen | null {
  if (!stream.isTTY || env.TERM === undefined || env.TERM === 'dumb') return null
  let drawn = 0
  return {
    get columns() {
      return stream.columns || 80
    },
    get rows() {
      return stream.rows || 24
    },
    draw(lines) {
      // Each line is cleared as it is written, so that nothing flickers.
      const up = drawn > 0 ? `\u001b[${drawn}A` : ''
      stream.write(`${up}\r${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
      drawn = lines.length
    },
  }
}
