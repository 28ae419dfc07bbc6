/** What holds for every format: where files may lie, which columns exist, and when they change. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sha256File } from '../../src/data/hash.ts'
import { openDataset } from '../../src/data/read.ts'
import { fixture, folder, load, problem, write } from './files.ts'

test('the schema is known without values', async () => {
  const path = write('x.jsonl', '{"a": [1, 2], "b": "x"}\n')
  expect((await openDataset(path)).schema).toEqual({
    path, rows: 1, columns: [{ name: 'a', dtype: 'int64', shape: [2] }, { name: 'b', dtype: 'string', shape: [] }],
  })
})

test.each(['stored.npz', 'list.parquet', 'version1.npy'])('%s: schema and values agree', async (name) => {
  const { schema } = await openDataset(fixture(name))
  const { columns, ...rest } = await load(fixture(name))
  expect({ ...rest, columns: columns.map(({ name: column, dtype, shape }) => ({ name: column, dtype, shape })) }).toEqual(schema)
  for (const { values, shape } of columns) expect(values.length).toBe(shape.reduce((product, length) => product * length, schema.rows))
})

test('columns come in the order asked, once; none is allowed', async () => {
  const path = write('x.csv', 'a,b,c\n1,2,3\n')
  expect((await load(path, ['c', 'a', 'c'])).columns.map(({ name }) => name)).toEqual(['c', 'a'])
  expect((await load(path, [])).columns).toEqual([])
  expect(await problem(load(path, ['d']))).toBe('data-unreadable: x.csv has no column `d`; it has `a`, `b`, `c`.')
})

test('a file that changes between opening and loading', async () => {
  const path = write('x.npy', Buffer.alloc(0))
  execFileSync('cp', [fixture('version1.npy'), path])
  const { load: loadLater } = await openDataset(path)
  write('x.npy', 'shorter')
  expect(await problem(loadLater(undefined))).toBe('data-unreadable: x.npy has changed since it was opened; open it again.')
})

test('a root confines, also through symbolic links', async () => {
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')]
  mkdirSync(inside)
  mkdirSync(outside)
  write('inside/x.csv', 'a\n1\n')
  write('outside/x.csv', 'a\n1\n')
  write('inside/..x.csv', 'a\n1\n')
  symlinkSync(join(outside, 'x.csv'), join(inside, 'link.csv'))
  symlinkSync(inside, join(outside, 'root'))
  expect((await load(join(inside, 'x.csv'), undefined, { root: inside })).rows).toBe(1)
  expect((await load(join(inside, '..x.csv'), undefined, { root: inside })).rows).toBe(1)
  expect((await load(join(inside, 'x.csv'), undefined, { root: join(outside, 'root') })).rows).toBe(1)
  for (const name of ['link.csv', '../outside/x.csv']) {
    expect(await problem(load(join(inside, name), undefined, { root: inside }))).toMatch(/^outside-root: (link|x).csv lies outside/)
  }
})

test.each([
  ['missing.npz', 'missing.npz does not exist; check the path.'],
  ['x.txt', 'x.txt is of no known format; name it .npz, .npy, .safetensors, .jsonl, .csv, .parquet.'],
  ['folder.npz', 'folder.npz is not a file; name a file.'],
  ['pipe.csv', 'pipe.csv is not a file; name a file.'],
])('%s', async (name, message) => {
  write('x.txt', 'a')
  mkdirSync(join(folder, 'folder.npz'), { recursive: true })
  if (name === 'pipe.csv') execFileSync('mkfifo', [join(folder, name)])
  expect(await problem(load(join(folder, name)))).toBe(`data-unreadable: ${message}`)
})

test('sha256File', async () => {
  expect(await sha256File(write('abc', 'abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(await problem(sha256File(join(folder, 'missing')))).toBe('data-unreadable: missing does not exist; check the path.')
})

// The superuser may read everything.
test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file that may not be read is not taken for a damaged one', async () => {
  const path = write('x.npz', 'x')
  chmodSync(path, 0)
  expect(await problem(openDataset(path))).toBe('data-unreadable: x.npz may not be read; check its permissions.')
})
