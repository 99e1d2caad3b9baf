/** The codes of refusals, by status, for programs. */
export const refusalCodes = {
  400: ['json', 'body', 'query', 'name', 'link', 'no-file'],
  401: ['signed-out', 'password', 'confirm'],
  403: ['role', 'view-only', 'origin', 'header'],
  404: ['path', 'file', 'version', 'example', 'no-record'],
  405: ['method'],
  409: ['changed', 'no-lock'],
  413: ['too-large'],
  415: ['content-type'],
  421: ['host'],
  422: ['faults', 'field', 'value', 'mistake'],
  429: ['attempts', 'busy'],
  500: ['fault'],
  503: ['streams', 'too-long'],
} as const

export type RefusalStatus = keyof typeof refusalCodes
export type RefusalCode = (typeof refusalCodes)[RefusalStatus][number]

/** A refusal, with the status and the text that the browser gets. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: RefusalStatus
  readonly code: RefusalCode
  /** Further data that the page needs. */
  readonly more: Readonly<Record<string, unknown>>
  /** Seconds to wait before another try; null if waiting does not help. */
  readonly waitSeconds: number | null
  constructor(
    status: RefusalStatus,
    code: RefusalCode,
    message: string,
    more: Refusal['more'] = {},
    waitSeconds: number | null = null,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
    this.waitSeconds = waitSeconds
  }
}
