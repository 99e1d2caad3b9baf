/** How much the log says, the most first; `silent`: nothing. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The numbers under which these levels stand in the log's lines; the louder, the greater. */
export const loudness: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 }
