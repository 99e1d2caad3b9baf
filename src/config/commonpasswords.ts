/**
 * What is tried first, of eight characters and more, and the words that most passwords are made of. Digits and marks
 * before and behind a word, and the letters that are written as digits, make it no other word.
 */
const words = `
password passwort passw passwd pass passphrase motdepasse contrasena contraseña senha parola haslo hasło wachtwoord
lockwarden warden chastify chastity chastitytracker keyholder wearer locked unlock unlockme lockme locktober padlock
qwerty qwertz azerty qwertyuiop qwertzuiop qwertyui qwertzui asdfghjkl asdfghjk asdfasdf asdfjkl zxcvbnm zxcvbn
qazwsxedc qazwsx qweasdzxc qweasd qweqwe zaqxsw zaqwsx yxcvbnm qwerqwer poiuytrewq lkjhgfdsa mnbvcxz
admin administrator root user username guest test tester testing testtest demo default changeme changeit letmein
login welcome hello hellohello master access secret secure security private server system computer internet
iloveyou ilovey loveyou lovely loveme lovelove mylove forever forevermore iloveu ihateyou beautiful sweetheart
princess prince angel angels babygirl baby babyboy honey honeybee darling sunshine sunflower butterfly flower flowers
rainbow diamond crystal chocolate cookie cookies cheese chicken banana orange strawberry cherry apple pepper ginger
football baseball basketball softball volleyball hockey soccer tennis golfer fussball liverpool arsenal chelsea
barcelona realmadrid juventus bayern manchester united everton rangers celtic steelers cowboys yankees lakers
dragon monkey tigger tiger shadow superman batman spiderman ironman starwars startrek pokemon pikachu nintendo
playstation minecraft fortnite warcraft samsung google facebook instagram twitter youtube microsoft windows android
iphone linkedin adobe photoshop dropbox
michael michelle jessica jennifer ashley amanda daniel daniela andrew anthony joshua jordan matthew nicole nicholas
thomas charlie charlotte christian christopher christina samantha stephanie elizabeth alexander alexandra alexandre
benjamin jonathan jasmine patrick patricia victoria vanessa veronica rebecca robert richard william jackson
sebastian gabriel isabella caroline katharina katherine lauren melissa natasha madison maverick maximilian
mustang corvette ferrari porsche mercedes yamaha harley hunter ranger killer pirate cowboy bulldog phoenix panther
scorpion snoopy scooby garfield mickey mickeymouse donald metallica nirvana slipknot marlboro blink heaven
trustno fuckyou fuckme fuckoff asshole bitch bastard pussycat pussy naughty playboy hardcore slave submissive
mistress goddess domina dominant bondage kinky sissy herrin sklave keusch keuschheit
whatever nothing anything something everything freedom michaeljackson summer winter spring autumn sommer fruehling
january february march april june july august september october november december monday tuesday wednesday thursday
friday saturday sunday january berlin hamburg london paris newyork america england australia canada germany
deutschland france espana italia russia brazil mexico california florida texas
computer laptop keyboard monitor network database matrix cyber hacker gateway wireless router
qwertyqwerty abcdefgh abcdefghi abcdefg abcdef abcabc abcd aaaa letmeinnow
blessed blessing jesus jesuschrist jesuslove faith grace trinity church godisgood
family mother father sister brother daddy mommy grandma bestfriend friends friend friendship
hallo hallohallo schatz schatzi sonnenschein geheim ficken arschloch bonjour soleil doudou chouchou loulou
estrella corazon teamo tequiero princesa mariposa alejandro fernando
correcthorsebatterystaple correcthorse horsebatterystaple
`

/** Those without a word in them. */
const others = `
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 1qaz2wsx 1qaz2wsx3edc zaq12wsx zaq1zaq1 1qazxsw2 qaz123wsx
qwe123qwe 123qwe123 qwer1234 asdf1234 a1b2c3d4 a1b2c3d4e5 abc123abc aa123456 a123456789 1a2b3c4d 123abc123 1234qwer
12qwaszx q1q1q1q1 1qw23er4 p@ssw0rd pa55word pa55w0rd passw0rd
12341234 11223344 12121212 12344321 11112222 13131313 10203040 987654321 147258369 159753456 123123123 789456123
741852963 963852741 142536789 31415926 19191919 20202020 21212121 12312312 01012000 01011980 01011990
`

const common = new Set(`${words} ${others}`.split(/\s+/).filter(Boolean))
const meant: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
}
const rows = [
  '01234567890',
  '09876543210',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
]

/**
 * Whether a password is one of those that are tried first: a common one, a common word with something put before or
 * behind it, one part over and over, or a row of keys.
 */
export function isCommon(password: string): boolean {
  const bare = password.normalize('NFC').toLowerCase().replace(/\s/g, '')
  if (/^(.{1,4}?)\1+$/u.test(bare) || rows.some((row) => row.includes(bare))) return true
  const read = bare.replace(/[013457@$]/g, (mark) => meant[mark] ?? mark)
  return [bare, coreOf(bare), coreOf(read)].some((one) => common.has(one) || common.has(onceOf(one)))
}

/** A text without what is no letter at its ends. */
function coreOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}

/** The half of what is said twice. */
function onceOf(text: string): string {
  return /^(.+)\1$/u.exec(text)?.[1] ?? text
}
