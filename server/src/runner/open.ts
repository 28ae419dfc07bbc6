/** Opening files for a process that must not block on them: what is asked, what is answered, and the answer. */
import type { ModelGraph } from '../model/graph.ts'
import type { Tensor } from '../onnx/types.ts'
import { firstFile, type FirstFile } from '../scrub/first-file.ts'
import { isRefusal, openArray, openData, openModel, openVocab, type KnownSchema, type Refusal } from '../scrub/opening.ts'

export type OpenRequest =
  /** `rowShapes`: shapes of the model inputs that are columns as they are, for lengths of symbolic axes. */
  | { readonly kind: 'model'; readonly path: string; readonly root: string | undefined; readonly rowShapes: ReadonlyMap<string, readonly number[]> | undefined }
  | { readonly kind: 'data' | 'array' | 'vocab'; readonly path: string; readonly root: string | undefined }
  /** A first file about the model at `path`, to be written to `file`. */
  | { readonly kind: 'first'; readonly path: string; readonly data: string; readonly file: string; readonly root: string | undefined }

export type Opened =
  | { readonly kind: 'model'; readonly graph: ModelGraph }
  /** With the dictionaries of string columns. */
  | { readonly kind: 'data'; readonly schema: KnownSchema }
  | { readonly kind: 'array'; readonly tensor: Tensor }
  | { readonly kind: 'vocab'; readonly words: readonly string[] }
  | FirstFile
  | Refusal

export interface OpenMessage {
  readonly type: 'open'
  readonly id: number
  readonly request: OpenRequest
}

export interface OpenedMessage {
  readonly type: 'opened'
  readonly id: number
  readonly opened: Opened
}

export async function opened(request: OpenRequest): Promise<Opened> {
  const limits = { root: request.root }
  switch (request.kind) {
    case 'model': {
      const graph = await openModel(request.path, request.rowShapes, limits)
      return isRefusal(graph) ? graph : { kind: 'model', graph }
    }
    case 'first': return firstFile(request.path, request.data, request.file, limits)
    case 'data': {
      const data = await openData(request.path, limits)
      return isRefusal(data) ? data : { kind: 'data', schema: data.schema }
    }
    case 'array': {
      const tensor = await openArray(request.path, limits)
      return isRefusal(tensor) ? tensor : { kind: 'array', tensor }
    }
    case 'vocab': {
      const words = await openVocab(request.path, limits)
      return isRefusal(words) ? words : { kind: 'vocab', words }
    }
  }
}
