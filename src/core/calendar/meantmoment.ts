/** Words that people write for others. */
const instead: readonly (readonly [RegExp, string])[] = [
  [/[–—−]/g, '-'],
  [/：/g, ':'],
  [/\b(?:every ?day|daily|each day)\b/g, ''],
  [/\b(?:every )?(?:weekdays?|workdays?)\b/g, 'mon-fri'],
  [/\b(?:every |the )?weekends?\b/g, 'sat,sun'],
  [/\b(?:every|each|on) (?=(?:mon|tue|wed|thu|fri|sat|sun|first|last))/g, ''],
  [/\b(mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)days?\b/g, '$1'],
  [/\btues\b/g, 'tue'],
  [/\bwednes\b/g, 'wed'],
  [/\bthurs?\b/g, 'thu'],
  [/\bsatur\b/g, 'sat'],
  [/\b1st\b/g, 'first'],
  [/\b2nd\b/g, 'second'],
  [/\b3rd\b/g, 'third'],
  [/\b4th\b/g, 'fourth'],
  [/\btwice\b/g, '2x'],
  [/\b(\d+) (?:times|x)\b/g, '$1x'],
  [/\bmidday\b|\bnoon\b/g, '12:00'],
  [/\bmidnight\b/g, '00:00'],
  [/\bo['’]?clock\b|\buhr\b/g, ''],
  [/\b(?:at|the|of)\b/g, ''],
  [/\b(?:between|from) (\S+) (?:and|to|until) (\S+)/g, '$1-$2'],
  [/ (?:and|&) /g, ','],
]

const abroad: Readonly<Record<string, string>> = {
  ...{ mo: 'mon', di: 'tue', mi: 'wed', do: 'thu', fr: 'fri', sa: 'sat', so: 'sun' },
  ...{
    montag: 'mon',
    dienstag: 'tue',
    mittwoch: 'wed',
    donnerstag: 'thu',
    freitag: 'fri',
    samstag: 'sat',
    sonntag: 'sun',
  },
}

/** No moment is written longer. */
const longest = 100

const shortMonths = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The moment that was probably meant by words that are none, in the form in which it is written; null where nobody can
 * tell. `isOne` says whether a text is a moment.
 */
export function meantMoment(written: string, isOne: (text: string) => boolean): string | null {
  if (written.length > longest) return null
  let words = written.toLowerCase()
  for (const [pattern, word] of instead) words = words.replace(pattern, word)
  words = words
    .replace(/\b(\d{1,2})\.(\d{1,2})\.(?:\d{2,4})?/g, (whole, day, month) => {
      const name = shortMonths[Number(month) - 1]
      return name === undefined ? whole : `${day} ${name} `
    })
    .replace(/\b([a-z]{3})[a-z]* (\d{1,2})(?:st|nd|rd|th)?(?= )/g, (whole, month, day) =>
      shortMonths.includes(month) ? `${day} ${month}` : whole,
    )
    .replace(/[a-z]+/g, (word) => (Object.hasOwn(abroad, word) ? (abroad[word] ?? word) : word))
    .replace(/\b(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm)\b/g, (whole, hour, minute = '00', half) => {
      const clock = (Number(hour) % 12) + (half === 'pm' ? 12 : 0)
      return Number(hour) > 12 ? whole : `${two(clock)}:${minute}`
    })
    .replace(/\b(\d{1,2})[.h](\d{2})\b/g, (_, hour, minute) => `${two(hour)}:${minute}`)
    .replace(/\b(\d):(\d{2})\b/g, '0$1:$2')
    .replace(/\s+/g, ' ')
    .replace(/ ?([,-]) ?/g, '$1')
    .trim()
  const hour = words.replace(/(^| )(\d{1,2})h?$/, (_, before, clock) => `${before}${two(clock)}:00`)
  for (const tried of [words, hour, turnedRound(words), turnedRound(hour)]) {
    if (tried !== written && isOne(tried)) return tried
  }
  return null
}

function two(number: number | string): string {
  return String(number).padStart(2, '0')
}

/** The time before the days, as `09:00 mon-fri`, is put behind them. */
function turnedRound(words: string): string {
  return words.replace(/^(\d{2}:\d{2}(?:-\d{2}:\d{2})?)[ ,]+(.+)$/, '$2 $1')
}
