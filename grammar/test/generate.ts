/** Random valid files for property tests: tokens joined by random space, line breaks and comments. */
import fc from 'fast-check'

type Words = fc.Arbitrary<string[]>

const name = fc.constantFrom('a', 'b1', 'tokens', 'as', 'filter', 'limit', 'recovered', 'é', '_x', 'rest')
const word = name.map((text) => [text])
const text = fc.constantFrom('"a"', '"/blocks.{l}/z"', '"é \\" \\\\ \\u00e9"', '""', '"# no comment"')
const number = fc.constantFrom('0', '12', '1.', '.5', '1e-3', '2.5E+2', 'inf', 'nan')

function join(...parts: (Words | string)[]): Words {
  const words = parts.map((part) => (typeof part === 'string' ? fc.constant([part]) : part))
  return fc.tuple(...words).map((lists) => lists.flat())
}

function list(item: Words, separator = ',', most = 3): Words {
  return fc.array(item, { minLength: 1, maxLength: most }).map((items) => items.flatMap((words, i) => (i === 0 ? words : [separator, ...words])))
}

function choose(...choices: string[]): Words {
  return fc.constantFrom(...choices).map((choice) => choice.split(' '))
}

function maybe(words: Words): Words {
  return fc.oneof(fc.constant<string[]>([]), words)
}

/** Words glued to the one before: a member, `data.x`. */
const member = fc.constantFrom('.h', '.in', '.node', '.x1').map((dot) => [`\u0000${dot}`])

const { expression } = fc.letrec<{ expression: string[]; operand: string[]; slice: string[] }>((tie) => ({
  expression: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    tie('operand'),
    join(tie('operand'), choose('+', '-', '*', '/', '//', '%', '**', '@'), tie('operand')),
    join(tie('operand'), choose('==', '<=', 'in', 'not in'), tie('operand'), '<', tie('operand')),
    join(choose('not', '-'), tie('operand'), choose('and', 'or'), 'not', tie('operand')),
    join('if', tie('expression'), 'then', tie('expression'), 'else', tie('expression'))),
  operand: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    word, text.map((s) => [s]), number.map((n) => [n]), choose('true', 'exact', 'any'),
    join('data', member), join('model', fc.constant(['\u0000[']), text.map((s) => [s]), ']'),
    join('-', tie('operand')),
    join('(', tie('expression'), ')'),
    join('(', tie('expression'), ',', maybe(tie('expression')), ')'),
    join('[', maybe(list(tie('expression'))), ']'),
    join('[', tie('expression'), 'for', word, 'in', tie('operand'), maybe(join('if', tie('expression'))), ']'),
    join(word, member),
    join(word, '[', list(tie('slice')), ']'),
    join(choose('f', 'any'), '(', tie('expression'), maybe(join(',', word, '=', tie('expression'))), ')')),
  slice: fc.oneof({ depthSize: 'small', withCrossShrink: true },
    tie('expression'),
    join(maybe(tie('operand')), ':', maybe(tie('operand')), maybe(join(':', maybe(tie('operand')))))),
}))

const binder = fc.oneof(join(word, 'in', 'range', '(', '3', ')'), join('(', 'l', ',', 'h', ')', 'in', '[', '(', '9', ',', '6', ')', ']'))
const place = fc.oneof(word, text.map((s) => [s]), join(word, member, '[', '1', ':', ']'), join('model', member))
const parents = list(join(place, maybe(fc.oneof(choose('through any'), join('through', '[', list(place), ']')))))
const title = fc.oneof(word, text.map((s) => [s]))
const node = join('node', word, maybe(join('[', list(binder, ',', 2), ']')), '=', expression, 'at', place, maybe(join('from', parents)))
const refine = join('refine', word, maybe(join('[', fc.oneof(binder, expression.filter((e) => !e.includes('in'))), ']')), 'from', parents)
const letItem = join('let', word, maybe(join('[', list(word), ']')), '=', expression)
const option = choose('option samples 10', 'option unimportant together')
const statement = fc.oneof(node, refine, letItem, option)
const loop = join('for', list(binder, ',', 2), '{', maybe(list(statement, '', 2)), '}')
const graphItem = fc.oneof(
  choose('use transformer'),
  join(choose('component', 'point'), word, maybe(member), maybe(join('[', binder, ']')), '=', place),
  join('rewrite', place, '=', expression, maybe(join('with', list(join(word, '=', expression), ',', 2)))))
const item = fc.oneof(
  choose('model "m.onnx"'),
  join('data', '"d.npz"', maybe(join('as', '{', list(join(title, '=', expression)), '}')), maybe(join('filter', expression)), maybe(choose('limit 5'))),
  join('vocab', word, '=', expression),
  join(choose('metric', 'score'), word, '=', expression),
  letItem, option,
  join('graph', '{', maybe(list(graphItem, '')), '}'),
  join('hypothesis', title, maybe(join('extends', list(title))), '{', maybe(list(fc.oneof(statement, loop), '', 4)), '}'),
  join('expect', title, 'recovered', choose('>', '>=', '<', '<='), fc.oneof(title, choose('85 %', '- 3.5 %'))))

const gap = fc.constantFrom(' ', ' ', ' ', ' ', '  ', '\n', '\n\n\n', ' # note\n', '\n  # own line  \n', '\t')

/** A file without syntax errors, in any layout. */
export const validFile: fc.Arbitrary<string> = fc.tuple(fc.array(item, { maxLength: 5 }), fc.array(gap, { minLength: 1, maxLength: 40 }))
  .map(([items, gaps]) => items.flat().filter((part) => part !== '').map((part, i) =>
    part.startsWith('\u0000') ? part.slice(1) : gaps[i % gaps.length] + part).join(''))
