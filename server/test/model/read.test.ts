/** What readModel makes of good files, and the sentence it has for each bad one. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FunctionProtoSchema, type ModelProto, ModelProtoSchema, SparseTensorProtoSchema, TensorProtoSchema } from '../../src/onnx/gen/onnx_pb.ts'
import { encodeModel } from '../../src/onnx/encode.ts'
import { ModelError } from '../../src/model/graph.ts'
import { oneLine } from '../../src/onnx/one-line.ts'
import { readModel, type ReadOptions } from '../../src/model/read.ts'
import { bytes, type Description, file, floats, folder, type Line, op } from './build.ts'
import { difference, feedsFor, run, runGraph, tensor } from './runtime.ts'

const mlp: Description = {
  inputs: { x: ['float32', ['batch', 30]] },
  weights: { w: floats([30, 20]), b: floats([20]) },
  ops: [['MatMul', ['x', 'w'], 'xw'], ['Add', ['xw', 'b'], 'h'], ['Relu', 'h', 'y']],
  outputs: ['y'],
}

/** The model as a protobuf message, changed, as bytes. */
function changed(change: (model: ModelProto) => void, description: Description = mlp): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes(description))
  change(model)
  return toBinary(ModelProtoSchema, model)
}

async function failure(path: string, options?: ReadOptions): Promise<string> {
  const error = await readModel(path, options).then(() => undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(ModelError)
  return `${(error as ModelError).code}: ${(error as ModelError).message.replaceAll(folder, '.')}`
}

describe('a good file', () => {
  it('becomes tensors, operators and places of weights', async () => {
    const graph = await readModel(file(mlp))
    expect(graph).toMatchObject({ inputs: ['x'], outputs: ['y'], opset: 18, fileOpset: 18, irVersion: 8, producerName: 'scrub' })
    expect([...graph.tensors.values()].map(({ name, type, producer, consumers }) => [name, type.shape, producer, consumers])).toEqual([
      ['x', ['N', 30], undefined, [0]], ['xw', ['N', 20], 0, [1]], ['h', ['N', 20], 1, [2]], ['y', ['N', 20], 2, []],
    ])
    expect(graph.initializers.get('w')).toMatchObject({ dtype: 'float32', dims: [30, 20], source: { kind: 'file', length: 2400 } })
    expect(graph.initializers.get('b')).toMatchObject({ source: { kind: 'inline' } })
  })

  it('gives the same numbers with its weights in the middle of the original file', async () => {
    const path = file(mlp)
    const graph = await readModel(path)
    const feeds = feedsFor(graph, { N: 4 })
    expect(difference((await run(path, feeds)).y!, (await runGraph(graph, feeds)).y!)).toBe(0)
  })

  const encodings: readonly (readonly [string, string, (values: number[]) => Record<string, unknown>])[] = [
    ['packed float_data', 'float32', (values) => ({ dataType: 1, floatData: values })],
    ['double_data', 'float64', (values) => ({ dataType: 11, doubleData: values })],
    ['int32_data', 'int32', (values) => ({ dataType: 6, int32Data: values.map((value) => Math.round(value * 1e6)) })],
    ['int32_data of int8', 'int8', (values) => ({ dataType: 3, int32Data: values.map((value) => Math.round(value * 100)) })],
    ['int64_data', 'int64', (values) => ({ dataType: 7, int64Data: values.map((value) => BigInt(Math.round(value * 1e15))) })],
    ['uint64_data', 'uint64', (values) => ({ dataType: 13, uint64Data: values.map((value) => BigInt(Math.round(Math.abs(value) * 1e15))) })],
    ['uint64_data of uint32', 'uint32', (values) => ({ dataType: 12, uint64Data: values.map((value) => BigInt(Math.round(Math.abs(value) * 4e9))) })],
  ]
  for (const count of [30, 900]) {
    for (const [name, dtype, make] of encodings) {
      it(`reads ${count} weights stored as ${name}`, async () => {
        const w = create(TensorProtoSchema, { name: 'w', dims: [BigInt(count)], ...make(Array.from(floats([count]).data, Number)) })
        const ops: Line[] = [['Cast', 'w', 'f', { to: 11 }], ['ReduceSum', 'x', 'z', { keepdims: 0 }], ['Cast', 'z', 'd', { to: 11 }], ['Add', ['f', 'd'], 'y']]
        const path = file(changed((model) => model.graph!.initializer.push(w), { inputs: { x: ['float32', ['B', 2]] }, ops, outputs: ['y'] }))
        const graph = await readModel(path)
        expect(graph.initializers.get('w')!.dtype).toBe(dtype)
        const feeds = feedsFor(graph, { N: 1 })
        expect(difference((await run(path, feeds)).y!, (await runGraph(graph, feeds)).y!)).toBe(0)
      })
    }
  }

  it('turns constants of every form into weights', async () => {
    const graph = await readModel(file({
      inputs: { x: ['float32', ['B', 3]] }, outputs: ['y'],
      ops: [
        ['Constant', [], 'a', { value: { type: 'tensor', value: floats([1000]) } }],
        ['Constant', [], 'b', { value_float: { type: 'float', value: 2 } }],
        ['Constant', [], 'c', { value_ints: [3] }],
        ['ReduceSum', ['a', 'c0'], 's'], ['Constant', [], 'c0', { value_ints: [0] }], ['Mul', ['x', 's'], 'm'], ['Mul', ['m', 'b'], 'n'], ['Reshape', ['n', 'c1'], 'y'], ['Constant', [], 'c1', { value_ints: [-1, 3] }],
      ],
    }))
    expect([...graph.initializers].map(([name, { dtype, dims, source }]) => [name, dtype, dims, source.kind])).toEqual([
      ['a', 'float32', [1000], 'file'], ['b', 'float32', [], 'inline'], ['c', 'int64', [1], 'inline'], ['c0', 'int64', [1], 'inline'], ['c1', 'int64', [2], 'inline'],
    ])
    expect(graph.tensors.get('y')!.type.shape).toEqual(['N', 3])
  })

  it('does not ask for inputs that have a weight as default', async () => {
    const graph = await readModel(file(changed((model) => {
      model.graph!.input.push({ ...model.graph!.input[0]!, name: 'b' })
    })))
    expect(graph.inputs).toEqual(['x'])
  })

  it('sorts operators that are out of order', async () => {
    const graph = await readModel(file({ ...mlp, ops: mlp.ops.toReversed() }))
    expect(graph.ops.map(({ opType }) => opType)).toEqual(['MatMul', 'Add', 'Relu'])
  })

  it('knows lengths from the data', async () => {
    const path = file({ inputs: { ids: ['int64', ['B', 'seq']] }, weights: { w: floats([5, 8]) }, ops: [['Gather', ['w', 'ids'], 'y']], outputs: ['y'] })
    expect((await readModel(path)).tensors.get('y')!.type.shape).toEqual(['N', 'seq', 8])
    expect((await readModel(path, { rowShapes: new Map([['ids', [42]]]) })).tensors.get('y')!.type.shape).toEqual(['N', 42, 8])
  })

  it('keeps another axis called N apart from the batch', async () => {
    const graph = await readModel(file({ inputs: { x: ['float32', ['batch', 'N']] }, ops: [['Relu', 'x', 'y']], outputs: ['y'] }))
    expect(graph.tensors.get('y')!.type.shape).toEqual(['N', 'N_'])
  })

  it('reads weights beside it, also at odd offsets, and does without them when told to', async () => {
    const source = { kind: 'file', file: join(folder, 'beside.bin'), offset: 5, length: 2400 } as const
    const model = encodeModel({
      opset: 18, inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['B', 30] } }], outputs: [{ name: 'y' }],
      ops: [op(['MatMul', ['x', 'w'], 'y'])], initializers: [{ name: 'w', dtype: 'float32', dims: [30, 20], source }],
    }, { folder })
    const path = file(model, 'external.onnx')
    expect(await failure(path)).toBe('model-unreadable: external.onnx cannot be read: its weights are in `beside.bin`, which is not there: put that file beside the model.')
    expect((await readModel(path, { externalCheck: false })).initializers.get('w')!.source).toEqual(source)
    writeFileSync(source.file, new Uint8Array(2404))
    expect(await failure(path)).toBe('model-unreadable: external.onnx cannot be read: `beside.bin` has 2404 bytes, but the weight `w` ends at 2405: the file is cut off or belongs to another model; copy it again.')
    writeFileSync(source.file, Buffer.concat([new Uint8Array(5), new Uint8Array((floats([30, 20]).data as Float32Array).buffer)]))
    const graph = await readModel(path, { root: folder })
    const feeds = feedsFor(graph, { N: 2 })
    expect(difference((await run(path, feeds)).y!, (await runGraph(graph, feeds)).y!)).toBe(0)
  })
})

describe('a bad file', () => {
  const simple = (inputs: Description['inputs'], ops: readonly Line[] = [['Relu', 'x', 'y']]): Description => ({ inputs, ops, outputs: ['y'] })
  const good = bytes(mlp)
  const cases: readonly (readonly [string, Uint8Array | string | Description, string])[] = [
    ['empty', '', 'model-unreadable: empty.onnx is empty: copy or export it again.'],
    ['text', 'node a:\n  at x\n', 'model-unreadable: text.onnx is a text file, not an ONNX model: name the .onnx file, or export the model with torch.onnx.export.'],
    ['lfs', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', 'model-unreadable: lfs.onnx is a Git LFS pointer, not the model itself: run `git lfs pull`.'],
    ['zip', 'PK\x03\x04whatever', 'model-unreadable: zip.onnx is a zip archive (a PyTorch checkpoint?), not an ONNX model: export it with torch.onnx.export.'],
    ['zeros', new Uint8Array(100), 'model-unreadable: zeros.onnx cannot be read: byte 0 begins no part of an ONNX model, so it is another kind of file or damaged: copy or export it again.'],
    ['cut', good.subarray(0, 1500), `model-unreadable: cut.onnx is cut off: the file has 1500 bytes where ${good.length - 13} are announced; copy or export it again.`],
    ['nograph', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })), 'model-unreadable: nograph.onnx cannot be read: it holds no graph.'],
    ['twice', simple({ x: ['float32', ['B', 2]] }, [['Relu', 'x', 'y'], ['Abs', 'x', 'y']]), 'model-unreadable: twice.onnx cannot be read: the tensor `y` is made twice, the second time by the Abs that makes `y`.'],
    ['undefined', simple({ x: ['float32', ['B', 2]] }, [['Add', ['x', 'z'], 'y']]), 'model-unreadable: undefined.onnx cannot be read: the Add that makes `y` reads the tensor `z`, which nothing makes.'],
    ['output', simple({ x: ['float32', ['B', 2]] }, [['Relu', 'x', 'z']]), 'model-unreadable: output.onnx cannot be read: its output `y` is made by nothing.'],
    ['cycle', simple({ x: ['float32', ['B', 2]] }, [['Add', ['x', 'y'], 'z'], ['Relu', 'z', 'y']]), 'model-unreadable: cycle.onnx cannot be read: the Add that makes `z` lies on a cycle: it depends on its own output.'],
    ['opset', { ...mlp, opset: 99 }, 'model-unreadable: opset.onnx uses opset 99; 7 to 26 are understood. Export it with torch.onnx.export(…, opset_version=17), or convert it with onnx.version_converter.'],
    ['ir', changed((model) => { model.irVersion = 99n }), 'model-unreadable: ir.onnx has file format version 99; versions up to 13 are understood. Export it with an older onnx package.'],
    ['negative', changed((model) => { model.graph!.initializer[0]!.dims = [-30n, -20n] }), 'model-unreadable: negative.onnx cannot be read: the weight `w` has the impossible shape [-30, -20].'],
    ['huge', changed((model) => { model.graph!.initializer[1]!.dims = [2n ** 40n, 2n ** 40n] }), 'model-unreadable: huge.onnx cannot be read: the weight `b` has the impossible shape [1099511627776, 1099511627776].'],
    ['big', changed((model) => { model.graph!.initializer[1]!.dims = [2n ** 40n] }), 'model-unreadable: big.onnx cannot be read: the weight `b` has 80 of the 4398046511104 values or bytes that its shape asks for.'],
    ['type', changed((model) => { model.graph!.initializer[1]!.dataType = 77 }), 'model-unreadable: type.onnx cannot be read: the weight `b` has element type 77, which is unknown here.'],
    ['sparse', changed((model) => { model.graph!.sparseInitializer.push(create(SparseTensorProtoSchema)) }), 'model-unreadable: sparse.onnx cannot be read: it has sparse weights, which are not supported: save it with dense ones.'],
    ['scalar', simple({ x: ['float32', ['B', 2]], flag: ['bool', []] }), 'model-unreadable: The input `flag` of scalar.onnx is a single number without a batch axis, so it cannot differ between data. Export the model with its value built in.'],
    ['timefirst', simple({ x: ['float32', ['seq', 'batch']] }), 'model-unreadable: The input `x` of timefirst.onnx has the shape [seq, batch]: its first axis must be the batch axis. Export the model with the batch axis first in every input.'],
    ['twobatches', simple({ x: ['float32', [1, 5]], z: ['float32', [4, 5]] }), "fixed-batch: The inputs `x` and `z` of twobatches.onnx have different first axes (1 and 4), so neither is a batch axis. Export it with torch.onnx.export(…, dynamic_axes={'x': {0: 'batch'}, 'z': {0: 'batch'}}) (with dynamo=True: dynamic_shapes instead)."],
  ]
  for (const [name, content, message] of cases) {
    it(name, async () => expect(await failure(file(content, `${name}.onnx`))).toBe(message))
  }

  it('is missing, or a folder', async () => {
    expect(await failure(join(folder, 'none.onnx'))).toBe('model-unreadable: none.onnx does not exist: check the path.')
    expect(await failure(folder)).toBe(`model-unreadable: ${basename(folder)} is a folder: name the .onnx file in it.`)
  })

  it('has a path that the system does not even look at, or its weights do', async () => {
    const [nul, long] = ['ERR_INVALID_ARG_VALUE', 'ENAMETOOLONG']
    expect(await failure(join(folder, 'a\0.onnx'))).toBe(`model-unreadable: a�.onnx cannot be opened (${nul}): check the path and its permissions.`)
    expect(await failure(join(folder, 'a'.repeat(5000)))).toBe(`model-unreadable: ${oneLine(`${'a'.repeat(5000)} cannot be opened (${long}): check the path and its permissions.`)}`)
    for (const [location, code] of [['a\0', nul], ['a'.repeat(5000), long]] as const) {
      const model = changed((proto) => {
        proto.graph!.initializer[0] = create(TensorProtoSchema, { name: 'w', dataType: 1, dims: [30n, 20n], dataLocation: 1, externalData: [{ key: 'location', value: location }] })
      })
      expect(await failure(file(model, 'odd.onnx'))).toBe(`model-unreadable: ${oneLine(`odd.onnx cannot be read: its weights are in \`${location}\`, which cannot be opened (${code}): put that file beside the model.`)}`)
    }
  })

  it('keeps its weights behind a link that leads out of its folder', async () => {
    const away = join(folder, 'away')
    mkdirSync(away, { recursive: true })
    writeFileSync(join(folder, 'elsewhere.bin'), new Uint8Array(2400))
    symlinkSync('../elsewhere.bin', join(away, 'w.bin'))
    const model = changed((proto) => {
      proto.graph!.initializer[0] = create(TensorProtoSchema, { name: 'w', dataType: 1, dims: [30n, 20n], dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] })
    })
    writeFileSync(join(away, 'm.onnx'), model)
    expect(await failure(join(away, 'm.onnx'))).toBe("outside-root: m.onnx keeps its weights in `w.bin`, a link that leads out of the model's own folder: put the file itself beside the model, or allow a folder with --root.")
    // A folder that was allowed holds both; and stores of downloads link to a model and to its weights alike.
    await readModel(join(away, 'm.onnx'), { root: folder })
    writeFileSync(join(folder, 'stored.onnx'), model)
    rmSync(join(away, 'm.onnx'))
    symlinkSync('../stored.onnx', join(away, 'm.onnx'))
    await readModel(join(away, 'm.onnx'))
  })

  it('lies outside of the root, or its weights do', async () => {
    mkdirSync(join(folder, 'root'))
    const path = file(mlp, 'outside.onnx')
    symlinkSync(path, join(folder, 'root', 'link.onnx'))
    const sentence = 'outside-root: link.onnx lies outside of ./root: move it there, or choose another root folder.'
    expect(await failure(join(folder, 'root', 'link.onnx'), { root: join(folder, 'root') })).toBe(sentence)
    const model = changed((proto) => {
      proto.graph!.initializer[0] = create(TensorProtoSchema, {
        name: 'w', dataType: 1, dims: [30n, 20n], dataLocation: 1, externalData: [{ key: 'location', value: '../secret' }],
      })
    })
    expect(await failure(file(model, 'escape.onnx'))).toContain('outside-root: escape.onnx keeps the weight `w` in `../secret`, outside of the model\'s own folder')
  })

})

describe('functions of the model itself', () => {
  const twice = create(FunctionProtoSchema, {
    name: 'Twice', domain: 'my.functions', input: ['a'], output: ['b'], opsetImport: [{ domain: '', version: 18n }],
    node: [{ opType: 'Add', input: ['a', 'a'], output: ['b'] }],
  })
  const description: Description = {
    inputs: { x: ['float32', ['B', 2]] }, domains: { 'my.functions': 1 }, ops: [['Twice', 'x', 't', {}, 'my.functions'], ['Relu', 't', 'y']], outputs: ['y'],
  }
  const content = (opset: number) => changed((model) => {
    model.functions.push(twice)
  }, { ...description, opset })

  it('are carried along', async () => {
    const graph = await readModel(file(content(18)))
    expect(graph.tensors.get('t')!.type).toEqual({ dtype: 'unknown', shape: undefined })
    expect([...(await runGraph(graph, { x: tensor('float32', [1, 2], [1, 2]) })).y!.data as Float32Array]).toEqual([2, 4])
  })

  it('are refused where they would need an upgrade', async () => {
    expect(await failure(file(content(17), 'functions.onnx'))).toContain('functions.onnx has functions of its own at opset 17')
  })
})
