/** What an ONNX file says of itself before its graph. */
import type { ModelHeader } from '../onnx/dag.ts'
import type { ModelGraph } from './graph.ts'

/** The file format that knows all operators of opset 18. */
const OLDEST_IR = 8

/** Header for graphs that are made of a model's operators and ours. */
export const headerOf = ({ opset, domains, irVersion, functions }: ModelGraph): ModelHeader => ({ opset, domains, irVersion: Math.max(OLDEST_IR, irVersion), functions })
