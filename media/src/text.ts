/** Text in pictures: its width, estimated so that the same code runs without a browser, and what is done when it is too wide. */
import { visible } from './markup.ts'

/** Average advance in ems; estimated a little wide, so that what fits here fits on the screen. */
const ADVANCE = { sans: 0.62, mono: 0.61 }
export type Face = keyof typeof ADVANCE

export function textWidth(text: string, size: number, face: Face = 'sans'): number {
  let ems = 0
  if (face === 'mono' && /^[ -~]*$/.test(text)) return text.length * ADVANCE.mono * size
  for (const character of visible(text)) ems += wide(character) ? 1.05 : narrow(character, face) ? 0.38 : upper(character, face) ? 0.8 : ADVANCE[face]
  return ems * size
}

const wide = (character: string): boolean => character.codePointAt(0)! >= 0x1100
const narrow = (character: string, face: Face): boolean => face === 'sans' && /[ .,:;|'!ijl()[\]]/.test(character)
const upper = (character: string, face: Face): boolean => face === 'sans' && /[A-Z%@&mwMW]/.test(character)

/** The text, or its beginning and an ellipsis. */
export function fit(text: string, width: number, size: number, face: Face = 'sans'): string {
  const shown = visible(text).replaceAll('\n', ' ')
  if (textWidth(shown, size, face) <= width) return shown
  const characters = [...shown]
  let kept = 0
  let used = textWidth('…', size, face)
  for (; kept < characters.length; kept++) {
    used += textWidth(characters[kept]!, size, face)
    if (used > width) break
  }
  return `${characters.slice(0, kept).join('')}…`
}

/** At most `lines` lines, broken at spaces where there are any; the last one ends in an ellipsis when something is left. */
export function wrap(text: string, width: number, size: number, lines: number, face: Face = 'sans'): string[] {
  const words = visible(text).replaceAll('\n', ' ').split(/(?<=[ ,])/)
  const made: string[] = []
  let line = ''
  for (const [index, word] of words.entries()) {
    if (textWidth((line + word).trimEnd(), size, face) <= width) {
      line += word
    } else if (line === '' || made.length === lines - 1) {
      return [...made, fit(line + words.slice(index).join(''), width, size, face)]
    } else {
      made.push(line.trimEnd())
      line = ''
      if (textWidth(word.trimEnd(), size, face) > width) return [...made, fit(words.slice(index).join(''), width, size, face)]
      line = word
    }
  }
  return [...made, line.trimEnd()]
}
