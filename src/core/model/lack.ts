import type { Bearer } from './service.ts'

/** A token that the config could give and does not. */
export interface Lack {
  service: string
  as: Bearer
  /** As the config calls it: its section and its key, `service.key`. */
  token: string
}
