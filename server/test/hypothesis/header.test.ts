/** What a file asks to be opened. */
import { parse } from '@scrub/grammar'
import { expect, test } from 'vitest'
import { filesOf } from '../../src/hypothesis/header.ts'

const header = (text: string) => {
  const { model, data, vocabs, loads, findings } = filesOf(parse(text).file)
  const shown = (file: { path: string; span: { start: number; end: number } }) => `${file.path} ${text.slice(file.span.start, file.span.end)}`
  return { model: model?.path, data: data?.path, vocabs: vocabs.map(shown), loads: loads.map(shown), findings: findings.map((f) => `${f.severity} ${f.span.start} ${f.code} ${f.message}`) }
}

test('all files', () => {
  const text = `model "m.onnx" data "d.npz" filter load("f.npy")[0] > x vocab t = "v.json" vocab u = ["a"] let a = load("a.npy")
    metric m = sum(load("w.npy")) graph { rewrite h = u with u = load("u.npy") for l in [1] { rewrite g = load("g.npy") } }
    hypothesis h { let c = [load("c.npy") for i in [1]] for i in [1] { node n = load("n.npy") at x } refine n = load(name) }`
  expect(header(text)).toEqual({
    model: 'm.onnx', data: 'd.npz', vocabs: ['v.json "v.json"'],
    loads: ['f.npy', 'a.npy', 'w.npy', 'u.npy', 'g.npy', 'c.npy', 'n.npy'].map((f) => `${f} "${f}"`),
    findings: [],
  })
})

test('statements missing', () => {
  expect(header('').findings).toEqual([
    'error 0 missing-statement This file has no `model` statement; write `model "file.onnx"`.',
    'error 0 missing-statement This file has no `data` statement; write `data "file.npz"`.',
    'error 0 missing-statement This file has no `metric` statement; write `metric loss = …`, one number per datum from the outputs and the columns.',
    'warning 0 missing-statement This file has no `hypothesis` statement; write `hypothesis "name" { node … }`.',
  ])
})

test('statements doubled', () => {
  expect(header('model "a" model "b" data "c" data "d" metric m = y hypothesis h {}')).toEqual({
    model: 'a', data: 'c', vocabs: [], loads: [],
    findings: [
      'error 10 duplicate-name A file has one `model` statement; the first one is used, so remove this one.',
      'error 29 duplicate-name A file has one `data` statement; the first one is used, so remove this one.',
    ],
  })
})

test('a statement that a lost brace has put into a block still counts', () => {
  expect(header('hypothesis h { node out = exact at y\nmodel "a" data "b" metric m = y').findings).toEqual([])
})
