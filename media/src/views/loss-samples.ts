/** The samples that a report keeps, on the curve of gains and losses: what stands at a place of it can be looked at. */
import { bisectLeft, bisectRight } from 'd3-array'
import type { ScaleLinear } from 'd3-scale'
import type { HypothesisReport, SampleReport } from '../../../server/src/protocol/report.ts'
import { brief } from '../datum.ts'
import { h, visible, type Child } from '../markup.ts'
import { significant } from '../numbers.ts'
import { fit } from '../text.ts'

/** A sample and where it lies among the quantiles, from 0 to 100. */
interface Placed {
  readonly index: number
  readonly at: number
}

/** One for every per cent where there is one; `chosen` is shown whatever else lies there. */
function placed({ sampled, losses: { difference } }: HypothesisReport, chosen: number | undefined): Placed[] {
  const byPercent = new Map<number, Placed>()
  sampled.forEach(({ model, scrubbed }, index) => {
    const change = scrubbed - model
    // In the middle of the quantiles that are equal to it.
    const at = Math.max(0, Math.min(difference.length - 1, (bisectLeft(difference, change) + bisectRight(difference, change) - 1) / 2))
    const percent = Math.round(at)
    if (!byPercent.has(percent) || index === chosen) byPercent.set(percent, { index, at })
  })
  return [...byPercent.values()].sort((a, b) => a.at - b.at)
}

/** A tick for each, and around it the part of the curve where it is the nearest. */
export function sampleMarks(hypothesis: HypothesisReport, x: ScaleLinear<number, number>, height: number, chosen: number | undefined): Child {
  const all = placed(hypothesis, chosen)
  const [first, last] = x.range() as [number, number]
  const middle = (i: number) => (x(all[i]!.at) + x(all[i + 1]!.at)) / 2
  return all.map(({ index, at }, i) => {
    const [left, right] = [i === 0 ? first : middle(i - 1), i === all.length - 1 ? last : middle(i)]
    const sample = hypothesis.sampled[index]!
    return h(
      'g',
      { class: `row${index === chosen ? ' selected' : ''}`, 'data-sample': index },
      h('title', {}, `${named(sample)}: ${change(sample)}; reference ${visible(fit(brief(textOf(hypothesis, sample)), 320, 12))}`),
      h('rect', { class: 'hit', x: left, y: 0, width: Math.max(1, right - left), height }),
      h('path', { class: index === chosen ? 'sampled chosen' : 'sampled', d: index === chosen ? `M${x(at)},2V${height - 2}` : `M${x(at)},${height - 5}v5` }),
    )
  })
}

/** A line on the sample that was chosen, with the way to all that is known of it. */
export function chosenSample(hypothesis: HypothesisReport, index: number): Child {
  const sample = hypothesis.sampled[index]
  if (!sample) return null
  return h('p', { class: 'note' }, `Chosen: ${named(sample)}, ${change(sample)}, reference `, h('code', {}, fit(brief(textOf(hypothesis, sample)), 360, 12, 'mono')), '. ', h('a', { href: '#samples' }, 'What was swapped in'))
}

const named = ({ kind, sample }: SampleReport): string => `${kind} sample ${sample}`

const change = ({ model, scrubbed }: SampleReport): string => `${significant(model, 3)} → ${significant(scrubbed, 3)}`

const textOf = ({ texts }: HypothesisReport, { reference }: SampleReport): string => texts[reference] ?? `row ${reference}`
