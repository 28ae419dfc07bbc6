/** What a deep check tried and found to hold, a line each. */
import { count, plural, significant } from '../language/numbers.ts'
import type { Checked } from '../protocol/deep.ts'
import { shown } from './source.ts'
import { harmless } from './text.ts'

export const showChecked = (checked: readonly (Checked & { readonly file: string })[], folder: string): string => checked.map((one) => `${harmless(shown(one.file, folder))}: ${sentence(one)}.\n`).join('')

function sentence({ what, count: number, data, rows, largest }: Checked): string {
  const on = data === rows ? `all ${plural(rows, 'datum', 'data')}` : `${count(data)} of ${plural(rows, 'datum', 'data')}`
  const difference = largest === undefined ? '' : largest === 0 ? ', without any difference' : `; the largest difference is ${significant(largest, 2)} of the largest value of its tensor`
  const one = number === 1
  switch (what) {
    case 'transformer': return `what \`use transformer\` found is the model on ${on}${difference}`
    case 'rewrites': return `${plural(number, 'rewrite')} ${one ? 'changes' : 'change'} nothing on ${on}${difference}`
    case 'indices': return `${plural(number, 'index', 'indices')} of the datum ${one ? 'lies on its axis' : 'lie on their axes, and places apart,'} for ${on}`
    case 'hypotheses': return `${plural(number, 'hypothesis', 'hypotheses')} ${one ? 'has' : 'have'} features on ${on}, and compile${one ? 's' : ''}`
    case 'metric': return `the metric is a finite number on ${on}`
  }
}
