// The message from the server: length of the header, header, arrays.

const TYPES = { f4: Float32Array, i4: Int32Array, u1: Uint8Array }

// The header, and a function that gives the array that a place in the header names.
function unpack(message) {
  const bytes = message.byteOffset % 8 ? message.slice() : message // views start at whole elements
  const start = bytes.byteOffset
  const length = new DataView(bytes.buffer, start, 4).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  const array = (place) => {
    if (!place) return null
    const type = TYPES[place.type]
    const count = place.bytes / type.BYTES_PER_ELEMENT
    return new type(bytes.buffer, start + 4 + length + place.at, count)
  }
  return { header, array }
}
