/** The quotation marks of word processors, which begin no text here. */
export const curlyQuote = /[\u201c\u201d\u201e\u2018]/

/** What to say where such a mark is what is wrong. */
export const curlyWords = { message: 'curly quotes do not quote a text', hint: 'write straight ones: "\u2026"' }
