/** Vocabularies. */
import { expect, test } from 'vitest'
import { readVocab } from '../../src/data/vocab.ts'
import { problem, write } from './files.ts'

test.each([
  ['vocab.json', { b: 1, a: 0, d: 3 }, ['a', 'b', '', 'd']],
  ['a list', ['a', 'b'], ['a', 'b']],
  ['tokenizer.json', { model: { vocab: { a: 0, b: 1 } }, added_tokens: [{ id: 1, content: 'b' }, { id: 3, content: '<pad>' }] }, ['a', 'b', '', '<pad>']],
  ['a unigram tokenizer.json', { model: { vocab: [['a', -1.5], ['b', -2]] } }, ['a', 'b']],
  ['a vocabulary with the word model', { model: 0, vocab: 1 }, ['model', 'vocab']],
])('%s', async (_, json, tokens) => {
  expect(await readVocab(write('vocab.json', JSON.stringify(json)))).toEqual(tokens)
})

const NOT = 'vocab.json is not a vocabulary; give {"token": id, …}, a list of tokens, or a tokenizer.json.'

test.each([
  ['not json', NOT], ['1', NOT], ['null', NOT], ['{}', NOT], ['[]', NOT], ['[1]', NOT], ['{"a": -1}', NOT], ['{"a": 0.5}', NOT], ['{"a": "b"}', NOT],
  ['{"model": {"vocab": 3}}', NOT], ['{"model": null}', NOT], ['{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": "x", "content": 1}]}', NOT],
  ['{"model": {"vocab": {"a": 0}}, "added_tokens": 3}', NOT], ['{"model": {"vocab": {"a": 0}}, "added_tokens": [null]}', NOT],
  ['{"a": 4194304}', 'vocab.json has the id 4194304 and at most 4194304 ids can be read; check the file.'],
  ['{"a": 0, "b": 0}', 'vocab.json gives the id 0 to `a` and `b`; ids must differ.'],
])('refuses %s', async (text, message) => {
  expect(await problem(readVocab(write('vocab.json', text)))).toBe(`data-unreadable: ${message}`)
})
