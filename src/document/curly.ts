/** Curly quotation marks of word processors, which do not quote a text in YAML. */
export const curlyQuote = /[\u201c\u201d\u201e\u2018]/

/** The message for a fault that is caused by such a mark. */
export const curlyWords = { message: 'curly quotes do not quote a text', hint: 'write straight ones: "\u2026"' }
