/** Globals, element and data segments: walked only to hold their constant expressions to those that all engines know. */
import * as limit from './params.ts'
import { malformed, type Reader, tooLarge, unsupported } from './reader.ts'
import { readReferenceType, readValueType } from './types.ts'

/** Told of each function whose address is taken. */
export type Refer = (functionIndex: number) => void

/** One constant and `end`; engines of different age differ about anything longer. */
function skipConstant(reader: Reader, refer: Refer): void {
  const opcode = reader.byte()
  switch (opcode) {
    case 0x41: // i32.const
    case 0x42: // i64.const
      reader.skipLeb()
      break
    case 0x43: // f32.const
      reader.take(4)
      break
    case 0x44: // f64.const
      reader.take(8)
      break
    case 0xd0: // ref.null
      readReferenceType(reader)
      break
    case 0xd2: // ref.func
      refer(reader.u32())
      break
    case 0xfd: // v128.const
      if (reader.u32() !== 12) throw unsupported('computed constants')
      reader.take(16)
      break
    default:
      throw unsupported('computed constants')
  }
  if (reader.byte() !== 0x0b) throw unsupported('computed constants')
}

/** Walks the global section. @returns how many globals there are */
export function skipGlobalSection(reader: Reader, refer: Refer): number {
  return reader.list(index => {
    if (index >= limit.MAX_GLOBALS) throw tooLarge('globals')
    readValueType(reader)
    if (reader.byte() > 1) throw unsupported('this kind of global')
    skipConstant(reader, refer)
  }).length
}

/** Walks the element section. */
export function skipElementSection(reader: Reader, refer: Refer): void {
  reader.list(index => {
    if (index >= limit.MAX_SEGMENTS) throw tooLarge('element segments')
    const flags = reader.u32()
    if (flags > 7) throw malformed('element segment')
    const isActive = (flags & 1) === 0
    const hasIndexOrKind = (flags & 2) !== 0
    const isExpressions = (flags & 4) !== 0
    if (isActive && hasIndexOrKind) reader.u32()
    if (isActive) skipConstant(reader, refer)
    if (!isActive || hasIndexOrKind) {
      if (isExpressions) readReferenceType(reader)
      else if (reader.byte() !== 0) throw unsupported('this kind of element')
    }
    reader.list(element => {
      if (element >= limit.MAX_SEGMENT_ELEMENTS) throw tooLarge('an element segment')
      if (isExpressions) skipConstant(reader, refer)
      else refer(reader.u32())
    })
  })
}

/** Walks the data section. */
export function skipDataSection(reader: Reader, refer: Refer): void {
  reader.list(index => {
    if (index >= limit.MAX_SEGMENTS) throw tooLarge('data segments')
    const flags = reader.u32()
    if (flags > 2) throw malformed('data segment')
    if (flags === 2 && reader.u32() !== 0) throw unsupported('several memories')
    if (flags !== 1) skipConstant(reader, refer)
    reader.take(reader.u32())
  })
}
