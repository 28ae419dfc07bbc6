/** The lines that read a run into a notebook. */
import { expect, test } from 'vitest'
import { pythonOf } from '../src/python.ts'

test('the lines of Python read the file and find the hypothesis', () => {
  expect(pythonOf('/storage/runs/a.json', 'claim 1')).toMatchInlineSnapshot(`
    "import json, pandas as pd
    report = json.load(open("/storage/runs/a.json", encoding="utf-8"))["report"]
    result = next(one for one in report["hypotheses"] if one["name"] == "claim 1")
    nodes = pd.json_normalize(result["nodes"]).set_index("name")
    "
  `)
})

test.each([['C:\\storage\\a.json', 'the "best" one'], ['/runs/ä b.json', 'line\nbreak \\']])('%s and %s are strings of Python, too', (path, name) => {
  const [, open, next] = pythonOf(path, name).split('\n')
  expect(JSON.parse(/open\((".*"), encoding/.exec(open!)![1]!)).toBe(path)
  expect(JSON.parse(/== (".*")\)$/.exec(next!)![1]!)).toBe(name)
})
