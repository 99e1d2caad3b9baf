/** Why a request is refused, by status: words that programs go by. */
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

/** Something that is not done, with the status and the words the browser gets. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: RefusalStatus
  readonly code: RefusalCode
  /** What else the page needs to go on. */
  readonly more: Readonly<Record<string, unknown>>
  /** Seconds to wait before another try; null where that makes no difference. */
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
