/** What one wants to know of a word of the language, with a short example: for hover and completion. */
import { paragraphs, scrub } from './markdown.ts'

export interface KeywordDoc {
  /** A statement as it is written, in short. */
  readonly form: string
  /** Markdown. */
  readonly text: string
  readonly example?: string
}

/** By word; words that mean several things have the place in brackets (`any (through)`). */
export const keywordDocs: Readonly<Record<string, KeywordDoc>> = {
  model: { form: 'model "file.onnx"', text: 'The model, an ONNX file. Its path is relative to this file. `model.x` in an expression is a tensor of the model.', example: 'model "paren.onnx"' },
  data: {
    form: 'data "file" [as { INPUT = EXPR }] [filter EXPR] [limit N]',
    text: 'The dataset: npz, npy, safetensors, jsonl, csv or parquet. Columns are matched to model inputs by name. `data.x` in an expression is a column.',
    example: 'data "paren.npz" as { input_ids = tokens } filter length > 2 limit 10000',
  },
  vocab: { form: 'vocab COLUMN = ["a", "b"]', text: 'How to show token ids, and what strings stand for where they are compared with the column. The list may also be a file: a vocab.json or tokenizer.json.', example: 'vocab tokens = ["[start]", "[end]", "(", ")"]' },
  metric: { form: 'metric NAME = EXPR', text: 'One number per datum, from the outputs of the model and columns; less is better. The first metric or score of a file is evaluated. `model.x` is the unscrubbed output on the reference datum.', example: 'metric loss = binary_cross_entropy(logit, label)' },
  score: { form: 'score NAME = EXPR', text: 'As `metric`, but more is better.', example: 'score accuracy = float64(argmax(logits) == label)' },
  let: { form: 'let NAME[INDEX] = EXPR', text: 'A named expression over columns, or with indices a family of them. Inside a hypothesis it may name nodes too.', example: 'let opens = flip(cumulative_sum(flip(tokens == "(")))\nlet seen[i] = tokens[i] != "[pad]"' },
  graph: { form: 'graph { … }', text: 'Which parts of the model are components: paths do not run through a component unseen.', example: 'graph {\n  component h[i in range(2)] = "/attn/h{i}"\n  point resid = "/mid"\n}' },
  component: { form: 'component NAME = PLACE', text: 'A component. It blocks: an edge of a hypothesis may run through it only where `through` says so. Names may be dotted and indexed; `{l}` in a quoted tensor name is the index.', example: 'component z[l in range(12)] = "/blocks.{l}/z"' },
  point: { form: 'point NAME = PLACE', text: 'A short name for a tensor that is no component: nodes may stand there, and paths run through it.', example: 'point resid[l in range(12)] = "/blocks.{l}/resid"' },
  use: { form: 'use transformer', text: 'Finds the parts of a transformer and names them: components `embed`, `pos_embed`, `a0.h0` (a head), `a0.bias`, `m0` (an MLP); points `a0.in`, `a0.q.h0`, `a0.pattern`, `m0.post`, `final.in` and others.', example: 'graph {\n  use transformer\n}' },
  transformer: { form: 'use transformer', text: 'Finds the parts of a transformer and names them: embeddings, heads, MLPs and the points between.' },
  rewrite: { form: 'rewrite PLACE = EXPR', text: 'Replaces a tensor by a sum of new components, or by an expression that is equal to it on the data.', example: 'rewrite a0.h0 = phi + rest with phi = load("direction.npy")' },
  with: { form: 'rewrite PLACE = EXPR with NAME = EXPR, …', text: 'Defines the new components that a `rewrite` names.' },
  hypothesis: { form: 'hypothesis NAME [extends A, B] { … }', text: 'A claim about what the model computes: nodes, the places where they stand, and who is whose parent. At least one node stands at an output that the metric reads.', example: 'hypothesis "or of two" {\n  node A   = z1 > 3 at "/A"\n  node out = A      at "logit"\n}' },
  extends: { form: 'hypothesis NAME extends A, B { … }', text: 'Takes the nodes of other hypotheses over. `refine` changes them.', example: 'hypothesis "finer" extends "coarse" {\n  refine A = z1 > 3\n}' },
  node: { form: 'node NAME[I in SET] = FEATURE at PLACE [from PARENTS]', text: 'Claims that all that matters about PLACE is FEATURE: a draw for it comes from the data that have the same feature. Its parents are the nodes that the feature names and those after `from`; without any it is a leaf.', example: 'node A            = z1 > 3     at "/A" from z1\nnode h[i in [0, 1]] = tokens[i] at a0.h[i]' },
  refine: { form: 'refine NAME [= FEATURE] [at PLACE] [from PARENTS]', text: 'Changes an inherited node. A new feature brings its own named parents in place of the old one’s; `from` adds parents.', example: 'refine count = is_balanced\nrefine count[1] from start' },
  for: { form: 'for I in SET { … }', text: 'Repeats statements; the names inside are indexed by it. In brackets it makes a list: `[f(i) for i in range(4)]`.', example: 'for l in range(2) {\n  node h = opens[l] at a[l].h[0]\n}' },
  option: { form: 'option NAME VALUE', text: 'How a hypothesis is evaluated: `unimportant`, `samples`, `seed` or `pool`. In a hypothesis it stands above that of the file.', example: 'option samples 20000\noption unimportant separate' },
  expect: { form: 'expect HYPOTHESIS recovered OP BOUND', text: 'A test of the estimate: the bound is a percentage or another hypothesis. It says when the interval straddles the bound.', example: 'expect "or of two" recovered >= 85%\nexpect "fine" recovered > "coarse"' },
  recovered: { form: 'expect NAME recovered >= 85%', text: '`(shuffled - scrubbed) / (shuffled - model)`: 100 % is the model itself, 0 % a model whose outputs belong to other data. It may lie outside of 0 to 100 %.' },
  at: { form: 'at PLACE', text: 'The place of a node: a name from the graph or a tensor in quotes, perhaps sliced along the axes after the batch.', example: 'node A = z1 > 3 at "/blocks.0/z"[:, 3]' },
  from: { form: 'from PARENTS', text: 'Parents that the feature does not name: nodes, members of families, whole families, or columns that feed the model. What no parent covers is unimportant, and comes from another datum.', example: 'node out = exact at logits from count[1], depth through [m2], tokens' },
  through: { form: 'from PARENT through [COMPONENTS]', text: 'Components that this one edge may also run through: they are recomputed, not drawn. `through any` opens all of them.', example: 'node out = exact at logits from count through [m1, m2]' },
  'any (through)': { form: 'from PARENT through any', text: 'The edge may run through all components that are no place of another parent of the node.', example: 'node out = exact at logits from count through any' },
  exact: { form: 'exact', text: 'The feature by which every datum is a class of its own: nothing is swapped at this node; the draw is the datum itself. It stands alone, as a whole feature.', example: 'node out = exact at logits from count' },
  any: { form: 'any', text: 'As a whole feature: all data are one class, so the draw is any datum and the node claims that its place does not matter. With parentheses, `any(x)` is the function: true if some element is.', example: 'node noise = any at "/C"' },
  in: { form: 'x in [a, b]', text: 'True if a value is one of a list. After an index, `i in SET`, the set that it runs over: a `range(…)`, a list, or a list of tuples.', example: 'tokens[0] in [3, 4]' },
  if: { form: 'if CONDITION then A else B', text: 'One of two values for every datum; both are computed.', example: 'if open[1] then opens[1] / parens[1] else -1' },
  and: { form: 'A and B', text: 'True where both are, element by element.' },
  or: { form: 'A or B', text: 'True where at least one is, element by element.' },
  not: { form: 'not A', text: 'True where A is false. `x not in [a, b]`: true if a value is none of a list.' },
  true: { form: 'true', text: 'The bool.' },
  false: { form: 'false', text: 'The bool.' },
  inf: { form: 'inf', text: 'Infinity, a float.' },
  nan: { form: 'nan', text: 'Not a number. Equivalence classes take NaN as equal to NaN.' },
  as: { form: 'data "file" as { INPUT = EXPR, … }', text: 'Where model inputs and columns have different names, or an input is computed from columns.', example: 'data "d.npz" as { input_ids = tokens, attention_mask = ones_like(tokens) }' },
  filter: { form: 'filter EXPR', text: 'Only the data for which a bool expression over columns holds.', example: 'data "d.npz" filter tokens[0] != 0' },
  limit: { form: 'limit N', text: 'Only the first N of the data (that pass the filter).', example: 'data "d.npz" limit 10000' },
  unimportant: { form: 'option unimportant together', text: 'Where the inputs come from that no parent of a node covers. `together` (the default): one other datum for all of them; `separate`: one for each; `shared`: one for the whole sample.', example: 'option unimportant separate' },
  together: { form: 'option unimportant together', text: 'All unimportant inputs of a node come from one other datum (the default).' },
  separate: { form: 'option unimportant separate', text: 'Every unimportant input of a node comes from a datum of its own.' },
  shared: { form: 'option unimportant shared', text: 'All unimportant inputs of a whole sample come from one datum.' },
  samples: { form: 'option samples 10000', text: 'How many samples are drawn (10,000 where nothing else is said). The error falls with the square root of their number.' },
  seed: { form: 'option seed 1', text: 'Chooses the draws. The same seed gives the same numbers on every machine.' },
  pool: { form: 'option pool 2000', text: 'Scrubbed values that every node keeps, for hypotheses with more paths than can be run: draws take one of them instead of one of their own.' },
}

const words: Readonly<Record<string, string>> = { then: 'if', else: 'if' }

export function keywordDoc(word: string): KeywordDoc | undefined {
  const known = words[word] ?? word
  return Object.hasOwn(keywordDocs, known) ? keywordDocs[known] : undefined
}

export function keywordMarkdown({ form, text, example }: KeywordDoc): string {
  return paragraphs(scrub(form), text, example !== undefined && example !== form && scrub(example))
}
