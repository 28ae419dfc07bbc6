/** The equivalence classes that a feature makes of the data, as a small table with what the numbers mean. */
import type { Compiled } from '../expr/types.ts'
import { columnInput } from '../hypothesis/bound.ts'
import type { FeatureFacts } from '../protocol/inspect.ts'
import { topological } from '../scrub/walk.ts'
import { paragraphs, plain, table } from './markdown.ts'
import { count, effective, plural, share } from './numbers.ts'
import type { Feature, Snapshot } from './snapshot.ts'

/** Classes and examples shown, and characters of an example. */
const MOST_CLASSES = 8
const MOST_EXAMPLES = 3
const LONGEST_EXAMPLE = 48
const LONGEST_VALUE = 40

/** Waits for the classes; says why there are none. */
export async function classesMarkdown(snapshot: Snapshot, feature: Feature): Promise<string> {
  const facts = await snapshot.classes(feature)
  if (facts) return factsMarkdown(feature, facts)
  const why = snapshot.bound ? 'the data have not been read yet; point here again in a moment' : 'the model or the data cannot be opened'
  return `Its equivalence classes are not known: ${why}.`
}

function factsMarkdown(feature: Feature, facts: FeatureFacts): string {
  const { rows, classes, singletons, effectiveClasses, swapRate, nan, list } = facts
  const shown = list.slice(0, MOST_CLASSES)
  const more = classes - shown.length
  const sizes = Math.abs(effectiveClasses - classes) < 0.05 ? '' : ` (effectively ${effective(effectiveClasses)}, for their sizes differ)`
  return paragraphs(
    `**${plural(classes, 'equivalence class', 'equivalence classes')}** of ${plural(rows, 'datum', 'data')}${sizes}. ${meaning(feature, swapRate)} ${alone(singletons)}`,
    nan === undefined ? undefined : `The feature is NaN on datum ${nan}; all such data are one class.`,
    // Of `exact` and `any` a table says nothing.
    typeof feature === 'string' ? undefined : table(
      ['value', 'data', 'share', 'examples (datum: content)'],
      shown.map(({ value, count: size, share: part, examples }) => [
        // A narrow column would break between the number and its unit.
        plain(value, LONGEST_VALUE), count(size), share(part).replace(' ', '\u00a0'),
        examples.slice(0, MOST_EXAMPLES).map(({ row, text }) => `${row}: ${plain(text, LONGEST_EXAMPLE)}`).join(' · '),
      ]),
      new Set([1, 2]),
    ),
    typeof feature !== 'string' && more > 0 && `… and ${shown.at(-1)?.count === 1 ? plural(more, 'more class of one datum', 'more classes of one datum each') : plural(more, 'smaller class', 'smaller classes')}.`,
  )
}

function meaning(feature: Feature, swapRate: number): string {
  if (feature === 'exact') return 'A draw is always the datum itself.'
  if (swapRate === 0) return 'A draw is always the datum itself, so nothing is tested here.'
  return `A draw is another datum ${share(swapRate)} of the time.`
}

function alone(singletons: number): string {
  return singletons === 0 ? 'No datum is alone in its class.' : singletons === 1 ? 'Every datum is alone in its class.' : `${share(singletons)} of the data are alone in their class.`
}

/** Whether a feature can have classes: what it reads are columns. */
export function readsColumnsOnly(feature: Compiled): boolean {
  const prefix = columnInput('')
  return topological(feature.parts.map(({ value }) => value)).every(({ def }) => def.kind !== 'input' || def.name.startsWith(prefix))
}

/** Whether it differs from datum to datum. */
export const varies = (feature: Compiled): boolean => feature.parts.some(({ batched }) => batched)
