/** CRC-64/GO-ISO, as tar-split records it for each file of a layer. Kept as two 32-bit halves: BigInt is 50 times slower. */
export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < bytes.length; i += 1) {
      const index = (low ^ bytes[i]!) & 0xff;
      low = (low >>> 8) | (high << 24);
      high = (high >>> 8) ^ TABLE[index]!;
    }
    this.#high = high;
    this.#low = low;
  }

  /** 8 bytes, big-endian. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes;
  }
}

/** Upper halves of the polynomial's table; the lower halves are all zero for this polynomial. */
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let high = 0;
  let low = index;
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = low & 1;
    low = (low >>> 1) | ((high & 1) << 31);
    high = (high >>> 1) ^ (odd ? 0xd8000000 : 0);
  }
  return high >>> 0;
});
