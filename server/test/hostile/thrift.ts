/** Writes thrift's compact protocol, in which parquet keeps its metadata; anything can be said with it. */

/** Integers are 32 bits, bigints 64, `fields` is a struct by field number. */
export type Thrift = number | bigint | string | boolean | readonly Thrift[] | { readonly fields: Readonly<Record<number, Thrift | undefined>> }

export function thrift(value: Thrift): Buffer {
  const out: number[] = []
  write(out, value)
  return Buffer.from(out)
}

function write(out: number[], value: Thrift): void {
  switch (typeof value) {
    case 'number': return varint(out, zigzag(BigInt(value)))
    case 'bigint': return varint(out, zigzag(value))
    case 'boolean': return void out.push(value ? 1 : 2)
    case 'string': {
      const text = Buffer.from(value)
      varint(out, BigInt(text.length))
      return text.forEach((byte) => out.push(byte))
    }
  }
  if (isList(value)) {
    const type = value.length === 0 ? 5 : typeOf(value[0]!)
    if (value.length < 15) out.push(value.length * 16 + type)
    else {
      out.push(240 + type)
      varint(out, BigInt(value.length))
    }
    return value.forEach((one) => write(out, one))
  }
  for (const [id, field] of Object.entries(value.fields)) {
    if (field === undefined) continue
    out.push(typeOf(field))
    varint(out, zigzag(BigInt(id)))
    if (typeof field !== 'boolean') write(out, field)
  }
  out.push(0)
}

const isList = (value: Thrift): value is readonly Thrift[] => Array.isArray(value)

function typeOf(value: Thrift): number {
  if (typeof value === 'boolean') return value ? 1 : 2
  return typeof value === 'number' ? 5 : typeof value === 'bigint' ? 6 : typeof value === 'string' ? 8 : isList(value) ? 9 : 12
}

const zigzag = (value: bigint): bigint => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))

function varint(out: number[], value: bigint): void {
  while (value > 0x7fn) {
    out.push(Number(value & 0x7fn) | 0x80)
    value >>= 7n
  }
  out.push(Number(value))
}
