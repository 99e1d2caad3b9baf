import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Prometheus's own checker, by PROMTOOL_PATH or in the PATH; null where it is not installed. */
export const promtool: string | null = found(
  process.env.PROMTOOL_PATH,
  (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'promtool')),
)

/** The first of these that is there. */
function found(named: string | undefined, places: readonly string[]): string | null {
  if (named !== undefined && named !== '') return named
  return places.find((place) => existsSync(place)) ?? null
}
